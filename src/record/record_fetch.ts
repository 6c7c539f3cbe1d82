/**
 * A `fetch` that records into the current step.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import { currentStep } from "./current_step.ts";
import type { StepFetchInit } from "./step_fetch.ts";

/**
 * Makes a `fetch` to give to a client library: what it sends within the function
 * of a step is recorded in that step.
 *
 * @example
 * ```ts
 * import { createRun, recordFetch } from "@windtunnel/artifacts";
 * import { createServer } from "node:http";
 *
 * const server = createServer((_, answer) => answer.end("pong"));
 * await new Promise<void>((go) => server.listen(0, "127.0.0.1", go));
 * const { port } = server.address() as { port: number };
 * const client = { fetch: recordFetch({ baseUrl: `http://127.0.0.1:${port}` }) };
 *
 * await using run = await createRun({ sut_name: "ecommerce" });
 * await run.instance({ scenario_id: "health" }, async (instance) => {
 *   await instance.step("ping", async (step) => {
 *     const answer = await client.fetch("/ping");
 *     step.assertEquals("body", await answer.text(), "pong");
 *   });
 * });
 * console.log((await run.finalize()).pass_count); // 1
 * server.close();
 * ```
 *
 * @param defaults What every request is sent with.
 * @returns Rejects with `NO_STEP` outside of the function of a step.
 */
export function recordFetch(
  defaults: StepFetchInit = {},
): (url: string | URL | Request, init?: StepFetchInit) => Promise<Response> {
  return async (url, init = {}) => {
    const step = currentStep();
    if (!step || typeof step.fetch !== "function") {
      throw new ArtifactError(
        "NO_STEP",
        `Cannot record the request to ${
          JSON.stringify(url instanceof Request ? url.url : String(url))
        }: it was not sent within the function of a step: instance.step(name, async () => { … })`,
      );
    }
    return await step.fetch(url, { ...defaults, ...init });
  };
}
