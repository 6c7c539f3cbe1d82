/// <reference lib="dom" />
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/** One instance: its steps over time, what was sent, what came back, what failed. */
import { useEffect, useMemo, useState } from "preact/hooks";
import type {
  InstanceDetails,
  ReportFile,
  ReportStep,
} from "../../src/report/model.ts";
import {
  nearer,
  sameStep,
  VOLATILE,
} from "../../src/analyze/instance_pairing.ts";
import { compareValues } from "../../src/json/diff.ts";
import { parsePattern } from "../../src/json/path_pattern.ts";
import type { JsonValue } from "../../src/json/value.ts";
import { CHANGES } from "../../src/report/model.ts";
import { type Index, readDetails, readPair } from "./data.ts";
import { reasonOf } from "./failures.tsx";
import { Copy, Verdict, VERDICTS, Verdicts } from "./parts.tsx";
import { bytes, compact, ms, pretty, quote, visible } from "./text.ts";

export function Instance({ index, id }: { index: Index; id: string }) {
  const { instances } = index;
  const place = instances.id.indexOf(id);
  const [details, setDetails] = useState<InstanceDetails | null | undefined>();
  const [problem, setProblem] = useState("");
  const passed = nearestPassed(index, place);
  const [other, setOther] = useState<InstanceDetails | null>(null);
  const [pair, setPair] = useState<InstanceDetails | null>(null);
  useEffect(() => {
    if (place === -1) return;
    readDetails(index, place).then(setDetails, (e) => setProblem(String(e)));
    readPair(index, place).then((pair) => {
      setPair(pair);
      if (pair) setOther(pair);
      else if (passed !== -1) return readDetails(index, passed).then(setOther);
    }).catch((e) => setProblem(String(e)));
  }, [index]);
  useEffect(() => scrollTo(0, 0), []);
  if (place === -1) return <p class="empty">No instance "{visible(id)}".</p>;
  const commands = [
    `wta instance ${quote(index.name)} ${quote(id)}`,
    `wta replay ${quote(index.name)} ${
      quote(id)
    } --base-url http://localhost:8080`,
    `wta export ${quote(index.name)} ${quote(id)} ${quote(`${id}_report`)}`,
  ];
  const record = details?.instance ?? details?.start;
  const cause = instances.cause[place]!;
  const differs = details && other ? firstDifference(details, other) : -1;
  return (
    <article>
      <p>
        <a href="#/list">← instances</a>
        <Neighbours index={index} place={place} />
      </p>
      <h1>
        <Verdicts index={index} place={place} /> {visible(id)}{" "}
        <span class="dim">
          {visible(index.scenarios[instances.scenario[place]!] ?? "")}
          {instances.key[place] !== null &&
            ` · ${visible(instances.key[place]!)}`}
          {" · "}
          {ms(instances.durationMs[place])}
        </span>
      </h1>
      {cause >= 0 && <p class="banner bad">{reasonOf(index.causes[cause]!)}</p>}
      {problem && <p class="banner bad">{problem}</p>}
      {details === null && (
        <p class="banner">
          The records of this instance are not in this file. See them with{" "}
          <Copy text={commands[0]!} />
        </p>
      )}
      {details && (
        <>
          {details.instance?.error && (
            <ErrorView error={details.instance.error} />
          )}
          {record && Object.keys(record.entry_data).length > 0 && (
            <Value title="input" value={record.entry_data} />
          )}
          <Before index={index} place={place} hasRecords={pair !== null} />
          {!pair && passed !== -1 &&
            VERDICTS[instances.verdict[place]!] !== "passed" &&
            (
              <p>
                Nearest instance of this scenario that passed:{" "}
                <a href={`#/i/${encodeURIComponent(instances.id[passed]!)}`}>
                  {visible(instances.id[passed]!)}
                </a>
                {differs >= 0 && (
                  <>
                    , differs first in step{" "}
                    <b>
                      {differs}{" "}
                      {visible(details.steps[differs]?.record.step_name ?? "")}
                    </b>
                  </>
                )}
              </p>
            )}
          <Steps
            details={details}
            other={other}
            differs={differs}
            pair={pair}
          />
          <Assertions
            title="of the instance"
            of={details.assertions.filter((a) => a.step_index === null)}
          />
          <Files files={details.files} />
          <section class="card">
            <h2>Next</h2>
            {record && (
              <p>
                Search the logs for{" "}
                <Copy text={record.correlation_id} label="the correlation id" />
              </p>
            )}
            {commands.map((command) => (
              <p key={command}>
                <Copy text={command} />
              </p>
            ))}
          </section>
        </>
      )}
    </article>
  );
}

function Neighbours({ index, place }: { index: Index; place: number }) {
  const { id, verdict } = index.instances;
  const isBad = (i: number) =>
    VERDICTS[verdict[i]!] !== "passed" && VERDICTS[verdict[i]!] !== "none";
  const next = id.findIndex((_, i) => i > place && isBad(i));
  const before = id.findLastIndex((_, i) => i < place && isBad(i));
  return (
    <span class="neighbours">
      {before !== -1 && (
        <a id="before" href={`#/i/${encodeURIComponent(id[before]!)}`}>
          failure before
        </a>
      )}
      {next !== -1 && (
        <a id="next" href={`#/i/${encodeURIComponent(id[next]!)}`}>
          next failure
        </a>
      )}
    </span>
  );
}

function nearestPassed(index: Index, place: number): number {
  const { id, scenario, verdict, startMs } = index.instances;
  const { chunk } = index;
  let nearest: { id: string; startMs: number; at: number } | undefined;
  for (const [at, start] of startMs.entries()) {
    if (
      at === place || scenario[at] !== scenario[place] || chunk[at] === -1 ||
      VERDICTS[verdict[at]!] !== "passed"
    ) continue;
    const other = { id: id[at]!, startMs: start, at };
    nearest = nearer(startMs[place]!, nearest, other);
  }
  return nearest?.at ?? -1;
}

/** The step of another instance with the same name, counted among those. */
function sameStepOf(
  a: InstanceDetails,
  place: number,
  b: InstanceDetails,
): ReportStep | undefined {
  const [names, others] = [a, b].map(({ steps }) =>
    steps.map(({ record }) => record.step_name)
  );
  return b.steps[sameStep(names!, place, others!)];
}

/** Of what was seen: status, verdicts, and whether it went well. */
function firstDifference(a: InstanceDetails, b: InstanceDetails): number {
  for (const [i, { record }] of a.steps.entries()) {
    const other = sameStepOf(a, i, b)?.record;
    if (
      other && (other.observation.ok !== record.observation.ok ||
        other.observation.status_code !== record.observation.status_code)
    ) return i;
    const failed = a.assertions.some((it) =>
      it.step_index === record.step_index && !it.passed
    );
    if (failed) return i;
  }
  return -1;
}

/** What the instance was in the earlier run. */
function Before(
  { index, place, hasRecords }: {
    index: Index;
    place: number;
    hasRecords: boolean;
  },
) {
  const { comparison, changes, instances } = index;
  if (!comparison || !changes) return null;
  const verdict = changes.beforeVerdict[place]!;
  const run = <b>{visible(comparison.run_id)}</b>;
  if (verdict === -1) return <p>{run} has no such instance.</p>;
  const id = changes.beforeId[place];
  const change = CHANGES[changes.change[place]!];
  return (
    <p>
      In {run}: <Verdict of={verdict} />{" "}
      {id !== null && <>as {visible(id!)}{" "}</>}
      <span class="dim">
        {ms(changes.beforeMs[place])}, now {ms(instances.durationMs[place])}
      </span>
      {change === null && ", and nothing else has changed"}
      {change !== null && !hasRecords && (
        <span class="dim">
          ; its records are not in this file: wta compare{" "}
          {quote(comparison.name)} {quote(index.name)}
        </span>
      )}
    </p>
  );
}

/** Of two executions of a step: where they differ. */
function Differences(
  { step, other, from }: { step: ReportStep; other: ReportStep; from: string },
) {
  const { differences, differencesCount } = useMemo(
    () => compareValues(seenIn(other), seenIn(step), IGNORED),
    [step, other],
  );
  if (differencesCount === 0) return null;
  return (
    <table class="differences">
      <caption>{from}</caption>
      <thead>
        <tr>
          <th>place</th>
          <th>there</th>
          <th>here</th>
        </tr>
      </thead>
      <tbody>
        {differences.slice(0, 20).map((it) => (
          <tr key={it.path}>
            <td>
              <code>{visible(it.path)}</code>
            </td>
            <td class="old">
              {"recorded" in it ? compact(it.recorded, 200) : "nothing"}
            </td>
            <td class="new">
              {"actual" in it ? compact(it.actual, 200) : "nothing"}
            </td>
          </tr>
        ))}
        {differencesCount > 20 && (
          <tr>
            <td colSpan={3} class="dim">{differencesCount - 20} more</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

/** A service sends the correlation id back. */
const IGNORED = [...VOLATILE, 'response.headers["x-correlation-id"]']
  .map((text) => parsePattern(text));

/** What was sent and seen in a step. */
function seenIn({ record, request, response }: ReportStep): JsonValue {
  const { status_code, headers, body, body_encoding, ...rest } =
    record.observation;
  const seen = response ?? { status_code, headers, body, body_encoding };
  return JSON.parse(
    JSON.stringify({ response: seen, observation: rest, request }),
  );
}

function Steps(
  { details, other, differs, pair }: {
    details: InstanceDetails;
    other: InstanceDetails | null;
    differs: number;
    pair: InstanceDetails | null;
  },
) {
  const spans = details.steps.map(({ record }) => {
    const from = Date.parse(record.timestamp);
    return { from, to: from + (record.observation.latency_ms ?? 0) };
  });
  const from = Math.min(...spans.map((span) => span.from));
  const all = Math.max(1, ...spans.map((span) => span.to - from));
  return (
    <section class="steps" aria-label="steps">
      {details.steps.length === 0 && <p class="empty">No step was recorded.</p>}
      {details.steps.map((step, i) => (
        <Step
          key={`${details.id}-${i}`}
          step={step}
          details={details}
          left={(100 * (spans[i]!.from - from)) / all}
          width={(100 * (spans[i]!.to - spans[i]!.from)) / all}
          otherStep={(pair || i === differs) && other
            ? sameStepOf(details, i, other)
            : undefined}
          isPair={pair !== null}
          differs={i === differs}
          isLast={i === details.steps.length - 1}
        />
      ))}
    </section>
  );
}

function Step(
  { step, details, left, width, otherStep, isPair, differs, isLast }: {
    step: ReportStep;
    details: InstanceDetails;
    left: number;
    width: number;
    otherStep: ReportStep | undefined;
    isPair: boolean;
    differs: boolean;
    isLast: boolean;
  },
) {
  const { record } = step;
  const {
    ok,
    status_code,
    latency_ms,
    errors,
    body,
    headers,
    attempts,
    body_encoding,
    ...own
  } = record.observation;
  const assertions = details.assertions.filter((it) =>
    it.step_index === record.step_index
  );
  const failed = ok === false || assertions.some((it) => !it.passed) ||
    (isLast && details.instance?.error !== null &&
      details.instance?.error !== undefined);
  const [open, setOpen] = useState(failed);
  const response = step.response as Record<string, unknown> | undefined;
  const shownBody = body ?? response?.body;
  return (
    <details
      class={failed ? "step failed" : "step"}
      open={open}
      onToggle={(e) => setOpen(e.currentTarget.open)}
    >
      <summary>
        <span class="n">{record.step_index}</span>
        <span class="name">
          {visible(record.step_name)}
          {differs && (
            <>
              {" "}
              <em class="tag">differs</em>
            </>
          )}
        </span>
        <span class={ok === false ? "status red" : "status"}>
          {status_code !== undefined && status_code !== null
            ? String(status_code)
            : ok === false
            ? "not ok"
            : ""}
        </span>
        <span class="track">
          <i
            class={failed ? "bad" : ""}
            style={{
              marginLeft: `${Math.min(99, left)}%`,
              width: `max(2px, ${Math.min(100 - left, width)}%)`,
            }}
          />
        </span>
        <span class="n">{ms(latency_ms)}</span>
      </summary>
      {open && (
        <div class="inside">
          <Assertions title="" of={assertions} />
          {(errors ?? []).map((error, i) => (
            <ErrorView key={i} error={error} />
          ))}
          {step.request !== undefined && (
            <Message title="sent" value={step.request} />
          )}
          {step.response !== undefined
            ? <Message title="came back" value={step.response} />
            : shownBody !== undefined && shownBody !== null && (
              <Value
                title={body_encoding === "base64"
                  ? "came back, in base64"
                  : "came back"}
                value={shownBody}
                open
              />
            )}
          {otherStep && (
            <Differences
              step={step}
              other={otherStep}
              from={isPair
                ? "Changed since the earlier run"
                : "Other than where it passed"}
            />
          )}
          {headers && Object.keys(headers).length > 0 &&
            step.response === undefined && (
            <Value title="headers" value={headers} />
          )}
          {attempts !== undefined && (
            <Value title="attempts" value={attempts} />
          )}
          {Object.keys(own).length > 0 && (
            <Value title="observed besides" value={own} />
          )}
          {isHttp(step.request) && <Curl request={step.request} />}
        </div>
      )}
    </details>
  );
}

interface HttpRequest {
  method: string;
  url: string;
  headers?: Record<string, unknown>;
  body?: unknown;
}

function isHttp(value: unknown): value is HttpRequest {
  const { method, url } = (value ?? {}) as Partial<HttpRequest>;
  return typeof method === "string" && typeof url === "string";
}

function Message({ title, value }: { title: string; value: unknown }) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return <Value title={title} value={value} open />;
  }
  const {
    method,
    url,
    status_code,
    status,
    headers,
    body,
    body_encoding,
    ...more
  } = value as Record<string, unknown>;
  const line = [method, url, status_code ?? status]
    .filter((part) => part !== undefined).map((part) => compact(part)).join(
      " ",
    );
  return (
    <>
      <Value title={`${title} ${line}`} value={body} open />
      {headers !== undefined && <Value title="headers" value={headers} />}
      {Object.keys(more).length > 0 && <Value title="more" value={more} />}
      {body_encoding === "base64" && <p class="dim">in base64</p>}
    </>
  );
}

function Curl({ request }: { request: HttpRequest }) {
  const parts = ["curl", "-X", request.method, quote(request.url)];
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    const shown = typeof value === "string"
      ? `${name}: ${value}`
      : `${name}: $${name.toUpperCase().replaceAll(/\W/g, "_")}`;
    parts.push("-H", typeof value === "string" ? quote(shown) : `"${shown}"`);
  }
  if (request.body !== undefined && request.body !== null) {
    parts.push(
      "-d",
      quote(
        typeof request.body === "string"
          ? request.body
          : JSON.stringify(request.body),
      ),
    );
  }
  return (
    <p>
      <Copy text={visible(parts.join(" "))} label="the curl command" />
    </p>
  );
}

function Value(
  { title, value, open = false }: {
    title: string;
    value: unknown;
    open?: boolean;
  },
) {
  const text = value === undefined || value === null ? "" : pretty(value);
  if (text === "") return <p class="value">{visible(title)}</p>;
  const short = text.length < 4000;
  return (
    <details class="value" open={open && short}>
      <summary>
        {visible(title)}{" "}
        <span class="dim">{open && short ? "" : compact(value, 80)}</span>
      </summary>
      <pre>{text.length > 500_000 ? `${text.slice(0, 500_000)}…` : text}</pre>
    </details>
  );
}

function Assertions(
  { title, of }: { title: string; of: InstanceDetails["assertions"] },
) {
  if (of.length === 0) return null;
  return (
    <ul class="assertions" aria-label={`assertions ${title}`}>
      {of.map((it, i) => (
        <li key={i} class={it.passed ? "good" : "bad"}>
          <b>{it.passed ? "✓" : "✗"} {visible(it.assertion_name)}</b>{" "}
          {it.message && visible(it.message)}
          {!it.passed && (
            <div class="diff">
              <div>
                <span>expected</span>
                <pre>{pretty(it.expected)}</pre>
              </div>
              <div>
                <span>actual</span>
                <pre>{pretty(it.actual)}</pre>
              </div>
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

function ErrorView({ error }: { error: unknown }) {
  const { name, message, stack, cause, code } =
    (typeof error === "object" && error !== null
      ? error
      : { message: error }) as Record<string, unknown>;
  return (
    <div class="error">
      <b>
        {compact([name, code].filter(Boolean).join(" "))}{" "}
        {compact(message ?? error, 2000)}
      </b>
      {typeof stack === "string" && <pre>{visible(stack)}</pre>}
      {cause !== undefined && cause !== null && (
        <div class="cause">
          caused by <ErrorView error={cause} />
        </div>
      )}
    </div>
  );
}

function Files({ files }: { files: ReportFile[] }) {
  const shown = files.filter(({ path }) =>
    !/step_\d+_(?:request|response)\.json$/.test(path)
  );
  if (shown.length === 0) return null;
  return (
    <section class="card">
      <h2>Artifacts</h2>
      {shown.map(({ path, bytes: size, image }) => (
        <figure key={path} class="file">
          {image && (
            <img
              src={`data:${image.type};base64,${image.base64}`}
              alt={visible(path)}
              loading="lazy"
            />
          )}
          <figcaption>
            <Copy text={visible(path)} label="the path" />{" "}
            <span class="dim">{bytes(size)}</span>
          </figcaption>
        </figure>
      ))}
    </section>
  );
}
