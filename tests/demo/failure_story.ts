/**
 * One failed instance, told so that a person can act on it.
 *
 * @module
 */
import { join } from "node:path";
import type { InstanceTrace, JsonObject, RunReader } from "../../mod.ts";
import type { Failure } from "./failures.ts";
import type { LogEntry } from "./service.ts";
import { printable, type Style } from "./terminal.ts";

const BODY_LENGTH_MAX = 400;
const LOG_LINES_MAX = 2;

/**
 * Tells what was sent, what came back, what broke, and where to look further.
 *
 * @param service_log The service's own log, to look the correlation id up in.
 */
export async function tellFailure(
  run: RunReader,
  failure: Failure,
  service_log: readonly LogEntry[],
  style: Style,
): Promise<string[]> {
  const { instance, broken } = failure;
  const { instance_id, scenario_id, correlation_id } = instance;
  const trace = await run.instance(instance_id);
  const step =
    trace.steps.find((step) => step.step_index === broken?.step_index) ??
      trace.steps.at(-1);
  const title = `${instance_id} (${scenario_id}) failed ` +
    (step
      ? `at step ${step.step_index + 1}, "${step.step_name}"`
      : "before its first step");
  const paths = step?.artifacts ?? [];
  const request = await readRequest(trace, paths);
  const { status_code, latency_ms, body } = step?.observation ?? {};
  const answer = status_code ?? "no answer";
  const rows: [label: string, text: string][] = [
    ["sent", `${request.method ?? ""} ${request.url ?? ""}`],
    ["", JSON.stringify(request.body ?? null)],
    ["came back", `${answer} after ${Math.round(latency_ms ?? 0)} ms`],
    ["", JSON.stringify(body ?? null)],
    ["broke", brokenOf(failure)],
    ["correlation", correlation_id],
    ...searchLog(service_log, correlation_id),
    ...paths.map((path, i): [string, string] => [
      i === 0 ? "files" : "",
      join(run.path, path),
    ]),
  ];
  return [
    style.bold(printable(title)),
    ...rows.map(([label, text]) => {
      const shown = printable(text, BODY_LENGTH_MAX);
      return `  ${style.dim(label.padEnd(11))}  ` +
        (label === "broke" ? style.red(shown) : shown);
    }),
  ];
}

function brokenOf({ instance, broken }: Failure): string {
  if (!broken) return instance.error ?? "nothing that was recorded";
  const { assertion_name, expected, actual } = broken;
  return `${assertion_name}: expected ${JSON.stringify(expected)}, ` +
    `got ${JSON.stringify(actual)}`;
}

/** What the other side says of the same instance: why ids travel. */
function searchLog(
  service_log: readonly LogEntry[],
  correlation_id: string,
): [label: string, text: string][] {
  const found = service_log.filter((entry) =>
    entry.correlation_id === correlation_id && entry.message !== ""
  );
  return found.slice(-LOG_LINES_MAX).map(({ method, path, message }, i) => [
    i === 0 ? "service log" : "",
    `${method} ${path}: ${message}`,
  ]);
}

async function readRequest(
  trace: InstanceTrace,
  paths: readonly string[],
): Promise<JsonObject> {
  const path = paths.find((path) => path.endsWith("_request.json"));
  const file = trace.artifacts.find((file) => file.path === path);
  return file ? await file.json() as JsonObject : {};
}
