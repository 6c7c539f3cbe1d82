/**
 * The executor that sends recorded HTTP requests again.
 *
 * @module
 */
import * as v from "valibot";
import { asHttpRequest, SendHttpOptionEntries } from "../http/internal.ts";
import { assertOptions } from "../check/options.ts";
import type { Observation, StepRecord } from "../format/records.ts";
import type { ReplayContext, ReplayExecutor } from "./replay_instance.ts";
import {
  RECORDED_HEADERS,
  sendHttp,
  type SendHttpOptions,
} from "../http/mod.ts";

/** How {@linkcode httpExecutor} sends. */
export interface HttpExecutorOptions extends Omit<SendHttpOptions, "signal"> {
  /** Headers that are added to each request, over the recorded ones. */
  headers?: Record<string, string>;
  /**
   * Headers of the answer that are noted. Default: {@linkcode RECORDED_HEADERS}
   * and those that the recorded observation has.
   */
  recordedHeaders?: readonly string[];
}

const HttpExecutorOptionsSchema: v.GenericSchema<HttpExecutorOptions> = v
  .strictObject({
    ...SendHttpOptionEntries,
    headers: v.optional(v.record(v.string(), v.string())),
  });

/**
 * Makes an executor for {@linkcode replayInstance} that sends each recorded
 * request again, with the recorded correlation id, and observes as
 * {@linkcode sendHttp} does.
 *
 * The request goes to `baseUrl`; without one, to where it was recorded.
 *
 * @example
 * ```ts
 * import {
 *   createRun,
 *   httpExecutor,
 *   openRun,
 *   replayInstance,
 *   sendHttp,
 * } from "@windtunnel/artifacts";
 * import { createServer } from "node:http";
 *
 * const server = createServer((_, answer) => answer.end("pong"));
 * await new Promise<void>((go) => server.listen(0, "127.0.0.1", go));
 * const { port } = server.address() as { port: number };
 * const baseUrl = `http://127.0.0.1:${port}`;
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * const instance = run.startInstance({ scenario_id: "health" });
 * const ping = await sendHttp({ method: "GET", url: "/" }, { baseUrl });
 * await instance.step({ step_name: "ping", step_type: "http", ...ping });
 * await instance.complete();
 * await run.finalize();
 *
 * const past = await openRun(run.path);
 * const executor = httpExecutor({ baseUrl, headers: { "x-replay": "1" } });
 * const { matches } = await replayInstance(past, "inst_001", executor).verdict();
 * console.log(matches); // true
 * server.close();
 * ```
 *
 * @throws {ArtifactError} from the executor: `INCOMPLETE_RECORDING` where a step
 * has no HTTP request, `INVALID_OPTION` where it cannot be sent.
 */
export function httpExecutor(
  options: HttpExecutorOptions = {},
): ReplayExecutor {
  assertOptions("httpExecutor", HttpExecutorOptionsSchema, options);
  return async (step, context) => {
    const recorded = asHttpRequest(context.request);
    const { observation } = await sendHttp(
      {
        ...recorded,
        headers: mergeHeaders(recorded.headers, context, options),
      },
      {
        baseUrl: options.baseUrl,
        timeoutMs: options.timeoutMs,
        recordedHeaders: options.recordedHeaders ?? headersOf(step),
        signal: context.signal,
      },
    );
    return observation;
  };
}

/** Later ones win, whatever the case of their names. */
function mergeHeaders(
  recorded: Record<string, string> | undefined,
  context: ReplayContext,
  { headers }: HttpExecutorOptions,
): Record<string, string> {
  const merged = new Map<string, string>();
  for (const set of [context.headers, recorded, headers]) {
    for (const [name, value] of Object.entries(set ?? {})) {
      merged.set(name.toLowerCase(), value);
    }
  }
  return Object.fromEntries(merged);
}

function headersOf({ observation }: StepRecord): string[] {
  const recorded: Observation["headers"] = observation.headers ?? {};
  return [...new Set([...RECORDED_HEADERS, ...Object.keys(recorded)])];
}
