/**
 * The executor that sends recorded HTTP requests again.
 *
 * @module
 */
import { decodeBase64 } from "@std/encoding/base64";
import * as v from "valibot";
import {
  asHttpRequest,
  SendHttpOptionEntries,
  sendRecorded,
} from "../http/internal.ts";
import { assertOptions } from "../check/options.ts";
import { ArtifactError } from "../errors.ts";
import type { Observation, StepRecord } from "../format/records.ts";
import type { ReplayContext, ReplayExecutor } from "./executor.ts";
import { RECORDED_HEADERS, type SendHttpOptions } from "../http/mod.ts";
import { toJsonValue } from "../json/typed_value.ts";

/** How {@linkcode httpExecutor} sends. */
export interface HttpExecutorOptions extends Omit<SendHttpOptions, "signal"> {
  /**
   * How much of a body is kept. Default: as much as was recorded where that was
   * cut, else as `sendHttp`.
   */
  maxBodyBytes?: number | undefined;
  /** Headers that are added to each request, over the recorded ones. */
  headers?: Record<string, string> | undefined;
  /**
   * Headers of the answer that are noted. Default: {@linkcode RECORDED_HEADERS}
   * and those that the recorded observation has.
   */
  recordedHeaders?: readonly string[] | undefined;
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
 * The request goes to `baseUrl`; without one, to where it was recorded. Secrets go
 * to one service: without `baseUrl`, a second one gets none, and is refused.
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
  const { baseUrl } = options;
  let origin: string | undefined;
  return async (step, context) => {
    const recorded = asHttpRequest(context.request);
    if (baseUrl === undefined && context.secretNames.length > 0) {
      origin ??= originOf(recorded.url);
      assertSameOrigin(origin, recorded.url, context.secretNames);
    }
    const { observation } = await sendRecorded(
      {
        ...recorded,
        headers: mergeHeaders(recorded.headers, context, options),
      },
      {
        ...options,
        recordedHeaders: options.recordedHeaders ?? headersOf(step),
        maxBodyBytes: options.maxBodyBytes ?? cutBytes(step.observation),
        signal: context.signal,
      },
    );
    // In the form of a record, for it is compared with one.
    return toJsonValue(observation) as Observation;
  };
}

function originOf(url: string | URL): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined;
}

/**
 * Throws where secrets would go to a second service: another service may have
 * other secrets under the same names.
 */
function assertSameOrigin(
  origin: string | undefined,
  url: string | URL,
  secretNames: readonly string[],
): void {
  const other = originOf(url);
  if (other === origin) return;
  throw new ArtifactError(
    "INVALID_OPTION",
    `Cannot send ${
      secretNames.map((name) => JSON.stringify(name)).join(", ")
    } to ${other}: the secrets of this replay were for ${origin}; name the service that gets them with baseUrl`,
    { path: "baseUrl" },
  );
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

/** How much was recorded of a body that was cut: what is seen now is cut alike. */
function cutBytes(
  { body, body_encoding, body_truncated }: Observation,
): number | undefined {
  if (body_truncated === undefined) return undefined;
  if (body === null) return 0;
  if (typeof body !== "string") return undefined;
  return body_encoding === "base64"
    ? decodeBase64(body).length
    : new TextEncoder().encode(body).length;
}
