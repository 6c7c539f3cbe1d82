/**
 * Exports a run as traces of OpenTelemetry.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import * as v from "valibot";
import { assertReader } from "../check/assert_reader.ts";
import { assertOptions, invalidOption } from "../check/options.ts";
import { groupedRecords } from "../read/internal.ts";
import type { RunReader } from "../read/mod.ts";
import {
  type Span,
  spansOf,
  type TracesData,
  tracesData,
} from "./otlp_spans.ts";
import { type OtlpReceiver, sendTraces } from "./send_otlp.ts";
import { writeTexts } from "./write_texts.ts";

/** How {@linkcode exportOtlp} exports. */
export interface ExportOtlpOptions {
  /** Further headers for a collector, such as `authorization`. */
  headers?: Record<string, string>;
  /** How requests are sent: through a proxy, for example. Default: `fetch`. */
  fetch?: typeof fetch;
  /** Called for each instance that was exported, to report progress. */
  onInstance?: () => void;
}

const ExportOtlpOptionsSchema: v.GenericSchema<ExportOtlpOptions> = v
  .strictObject({
    headers: v.optional(v.record(v.string(), v.string())),
    fetch: v.optional(isFunction<typeof fetch>()),
    onInstance: v.optional(isFunction<() => void>()),
  });

/** What {@linkcode exportOtlp} exported. */
export interface OtlpExport {
  /** Number of instances: each is a span without a parent. */
  instances: number;
  /** Number of all spans. */
  spans: number;
  /** Spans that the collector refused, and why. */
  rejected: { spans: number; reason: string };
  /** Steps of attempts that were interrupted, which are left out. */
  abandonedSteps: number;
}

/** Spans of one message: a collector takes 4 MB or more. */
const MESSAGE_SPANS_MAX = 512;
const MESSAGE_LENGTH_MAX = 1_000_000;

/** The path of traces below the address of a collector. */
const TRACES_PATH = "v1/traces";

/**
 * Exports a run as traces of OpenTelemetry: an instance is a span with the
 * correlation id as its trace id, and each of its steps a span below it with its
 * recorded `span_id`, so that the spans of a service hang below the step that
 * caused them. Assertions and errors are events of their span.
 *
 * @param target A file, which gets a message of OTLP/JSON (`TracesData`) on each
 * line; or the address of a collector, such as `http://localhost:4318`, to which
 * they are sent. A collector that is busy or cannot be reached is tried again for
 * half a minute.
 * @throws {ArtifactError} `INVALID_OPTION`, `CORRUPT_LINE`, `CORRUPT_FILE`,
 * `READ_FAILED`; `WRITE_FAILED` where the file cannot be written, or the collector
 * did not take a message
 *
 * @example
 * ```ts
 * import { createRun, exportOtlp, openRun } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * await run.instance({ scenario_id: "checkout" }, async (instance) => {
 *   await instance.step("pay", (step) => step.assert("paid", true));
 * });
 * await run.finalize();
 *
 * const { spans } = await exportOtlp(await openRun(run.path), "traces.jsonl");
 * console.log(spans); // 2
 * ```
 */
export async function exportOtlp(
  run: RunReader,
  target: string,
  options: ExportOtlpOptions = {},
): Promise<OtlpExport> {
  assertReader("exportOtlp", run);
  assertOptions("exportOtlp", ExportOtlpOptionsSchema, options);
  if (typeof target !== "string" || target === "") {
    throw invalidOption("exportOtlp", "target", "must be a file or an address");
  }
  const done: OtlpExport = {
    instances: 0,
    spans: 0,
    rejected: { spans: 0, reason: "" },
    abandonedSteps: 0,
  };
  const messages = messagesOf(run, done, options.onInstance);
  if (!/^https?:\/\//i.test(target)) {
    await writeTexts(run, target, linesOf(messages));
    return done;
  }
  const receiver = receiverOf(target, options);
  for await (const message of messages) {
    const { rejected, reason } = await sendTraces(receiver, message);
    done.rejected.spans += rejected;
    if (rejected > 0) done.rejected.reason ||= reason;
  }
  return done;
}

async function* messagesOf(
  run: RunReader,
  done: OtlpExport,
  onInstance?: () => void,
): AsyncGenerator<TracesData> {
  let spans: Span[] = [];
  let length = 0;
  for await (const group of groupedRecords(run)) {
    const { spans: own, abandonedSteps } = spansOf(group, run.manifest);
    done.abandonedSteps += abandonedSteps;
    if (own.length > 0) done.instances++;
    onInstance?.();
    for (const span of own) {
      spans.push(span);
      length += JSON.stringify(span.events).length;
      if (spans.length < MESSAGE_SPANS_MAX && length < MESSAGE_LENGTH_MAX) {
        continue;
      }
      done.spans += spans.length;
      yield tracesData(run.manifest, spans);
      [spans, length] = [[], 0];
    }
  }
  if (spans.length === 0) return;
  done.spans += spans.length;
  yield tracesData(run.manifest, spans);
}

async function* linesOf(
  messages: AsyncIterable<TracesData>,
): AsyncGenerator<string> {
  for await (const message of messages) yield JSON.stringify(message) + "\n";
}

function receiverOf(
  target: string,
  { headers = {}, fetch = globalThis.fetch }: ExportOtlpOptions,
): OtlpReceiver {
  if (!URL.canParse(target)) {
    throw invalidOption("exportOtlp", "target", "is not an address");
  }
  const url = new URL(target);
  // As for `OTEL_EXPORTER_OTLP_ENDPOINT`, unless the address has a path.
  if (url.pathname === "/") url.pathname = TRACES_PATH;
  if (url.username === "" && url.password === "") {
    return { url, headers, fetch };
  }
  // `fetch` refuses an address with a password, and quotes it in its error.
  const [user, password] = [url.username, url.password].map(decodeURIComponent);
  url.username = url.password = "";
  const basic = encodeBase64(new TextEncoder().encode(`${user}:${password}`));
  return {
    url,
    headers: { authorization: `Basic ${basic}`, ...headers },
    fetch,
  };
}

function isFunction<F>(): v.GenericSchema<F> {
  return v.custom<F>(
    (value) => typeof value === "function",
    "must be a function",
  );
}
