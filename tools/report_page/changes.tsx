/// <reference lib="dom" />
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/** What has changed since an earlier run, by cause. */
import type { ChangeCause, ChangeGroup } from "../../src/compare/mod.ts";
import { CHANGES, type ReportComparison } from "../../src/report/model.ts";
import type { Index } from "./data.ts";
import { Card, Figure } from "./parts.tsx";
import { compact, count, ms, visible } from "./text.ts";

/** Words for what has changed of an instance. */
export const CHANGE_WORDS: Readonly<Record<string, string>> = {
  newlyFailing: "newly failing",
  newlyPassing: "newly passing",
  newlySkipped: "newly without a verdict",
  changedInstance: "other answers",
  extraFailing: "new, and failing",
  extraInstance: "new",
  extraAttempt: "another attempt",
};

const SECTIONS = [
  "Newly failing",
  "Newly passing",
  "Other answers",
  "In one of the runs only",
  "The run itself",
] as const;

function sectionOf({ newlyFailing, change, consequences }: ChangeCause) {
  const kinds = [change, ...consequences].map(({ kind }) => kind);
  if (newlyFailing > 0) return SECTIONS[0];
  if (kinds.includes("newlyPassing")) return SECTIONS[1];
  if (change.kind === "manifest" || change.kind === "summary") {
    return SECTIONS[4];
  }
  return /^(?:missing|extra)(?:Inst|Att|Fail)/.test(change.kind)
    ? SECTIONS[3]
    : SECTIONS[2];
}

/** Names of the steps that became slower by more than noise. */
export function slowerSteps({ comparison, steps }: Index): string[] {
  const { slowdowns } = comparison!;
  return steps.map(({ name }) => name).filter((name) =>
    Object.hasOwn(slowdowns, name) && slowdowns[name]!.isSlower
  );
}

/** How many instances have a change of these kinds. */
function instancesWith(index: Index, kinds: string[]): number {
  const { change } = index.changes!;
  return change.filter((at) => kinds.includes(CHANGES[at] ?? "")).length;
}

/** One figure for each kind of change. */
export function ChangeFigures({ index }: { index: Index }) {
  const { counts } = index.comparison!;
  const failing = instancesWith(index, ["newlyFailing", "extraFailing"]);
  const passing = instancesWith(index, ["newlyPassing"]);
  const slower = slowerSteps(index).length;
  const only = counts.missingInstance + counts.extraInstance;
  return (
    <div class="figures" role="group" aria-label="since the earlier run">
      <Figure
        name="newly failing"
        value={count(failing)}
        tone={failing > 0 ? "bad" : undefined}
        href="#/list?change=newlyFailing"
      />
      <Figure
        name="newly passing"
        value={count(passing)}
        tone={passing > 0 ? "good" : undefined}
        href="#/list?change=newlyPassing"
      />
      <Figure
        name="slower steps"
        value={count(slower)}
        tone={slower > 0 ? "bad" : undefined}
        href="#/changes"
      />
      <Figure
        name="other answers, same verdict"
        value={count(instancesWith(index, ["changedInstance"]))}
        href="#/list?change=changedInstance"
      />
      <Figure name="in one run only" value={count(only)} href="#/changes" />
    </div>
  );
}

export function Changes({ index }: { index: Index }) {
  const comparison = index.comparison!;
  const { causes, isIdentical, ignoredCount } = comparison;
  return (
    <>
      <p>
        Compared with <b>{visible(comparison.run_id)}</b>{" "}
        <span class="dim">
          of {comparison.timestamp.replace("T", " ").slice(0, 19)} UTC
        </span>
      </p>
      <ChangeFigures index={index} />
      {isIdentical && (
        <p class="empty">
          Nothing has changed, except times and latencies{ignoredCount > 0 &&
            ", and ignored places"}.
        </p>
      )}
      {SECTIONS.map((section) => {
        const its = causes.listed.filter((one) => sectionOf(one) === section);
        return its.length > 0 && (
          <Card key={section} title={section}>
            <ol class="changes">
              {its.map((cause, i) => (
                <Cause key={i} cause={cause} index={index} />
              ))}
            </ol>
          </Card>
        );
      })}
      {causes.count > causes.listed.length && (
        <p class="dim">
          {count(causes.count - causes.listed.length)}{" "}
          more causes: wta compare --json lists them.
        </p>
      )}
      {causes.ungrouped > 0 && (
        <p class="dim">
          {count(causes.ungrouped)} changes are in no cause: too many.
        </p>
      )}
      <Latencies comparison={comparison} index={index} />
    </>
  );
}

function Cause({ cause, index }: { cause: ChangeCause; index: Index }) {
  const { change, consequences, examples, scenarios, newlyFailing } = cause;
  return (
    <li>
      <p>
        {cause.count > 0 && (
          <span class={newlyFailing > 0 ? "n red" : "n"}>
            {count(newlyFailing || cause.count)}
            {" "}
          </span>
        )}
        <ChangeText of={change} />
      </p>
      {consequences.slice(0, 5).map((one, i) => (
        <p class="dim then" key={i}>
          also <ChangeText of={one} /> <span>({count(one.count)})</span>
        </p>
      ))}
      {consequences.length > 5 && (
        <p class="dim then">and {count(consequences.length - 5)} more</p>
      )}
      <p class="dim">
        {scenarios.length > 0 && `in ${scenarios.map(visible).join(", ")} `}
        {examples.map((id) =>
          index.instances.id.includes(id)
            ? (
              <a key={id} class="chip" href={`#/i/${encodeURIComponent(id)}`}>
                {visible(id)}
              </a>
            )
            : <span key={id} class="chip">{visible(id)}</span>
        )}
      </p>
    </li>
  );
}

function ChangeText({ of }: { of: ChangeGroup }) {
  const { kind, step_name, name, path, reason, delta } = of;
  const words = kind.replaceAll(/[A-Z]/g, (it) => ` ${it.toLowerCase()}`);
  const isKindSaid = path === null || kind.startsWith("newly");
  return (
    <span class="reason">
      {[step_name, name].map((part, i) =>
        part !== null && <b key={i}>{`${visible(part)} `}</b>
      )}
      {isKindSaid && `${words} `}
      {path !== null && !kind.startsWith("newly") && (
        <>
          <code>{visible(path)}</code> <Value of={of} side="recorded" /> →{" "}
          <Value of={of} side="actual" />
          {delta !== null && of.count > 1 &&
            ` (${delta > 0 ? "+" : ""}${delta} in each)`}
        </>
      )}
      {reason && ` ${visible(reason)}`}
    </span>
  );
}

function Value(
  { of, side }: { of: ChangeGroup; side: "recorded" | "actual" },
) {
  return (
    <span class={side === "recorded" ? "old" : "new"}>
      {side in of ? compact(of[side], 80) : "nothing"}
    </span>
  );
}

function Latencies(
  { index, comparison }: { index: Index; comparison: ReportComparison },
) {
  const before = new Map(comparison.steps.map((it) => [it.name, it]));
  const slower = new Set(slowerSteps(index));
  return (
    <Card title="Latencies of steps">
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>step</th>
              <th class="n optional">p50 before</th>
              <th class="n optional">p50</th>
              <th class="n">p95 before</th>
              <th class="n">p95</th>
              <th />
            </tr>
          </thead>
          <tbody>
            {index.steps.map((now) => {
              const other = before.get(now.name);
              return (
                <tr key={now.name}>
                  <td>{visible(now.name)}</td>
                  <td class="n optional">{ms(other?.p50Ms)}</td>
                  <td class="n optional">{ms(now.p50Ms)}</td>
                  <td class="n">{ms(other?.p95Ms)}</td>
                  <td class={slower.has(now.name) ? "n red" : "n"}>
                    {ms(now.p95Ms)}
                  </td>
                  <td class="red">{slower.has(now.name) && "slower"}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
