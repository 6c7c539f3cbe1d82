/**
 * A customer of the shop: each call is a recorded step, with its verdicts.
 *
 * @module
 */
import type { InstanceWriter, JsonObject } from "../../mod.ts";

/** One call of the service. */
export interface Call {
  step_name: string;
  method: "GET" | "POST";
  /** Path relative to the base URL. */
  url: string;
  json?: JsonObject;
  /** The status code that the scenario counts on. */
  status_code: number;
  /** What the answer must hold, by the name of the assertion. */
  expected?: Record<string, [field: string, value: unknown]>;
}

/** Calls the service for one instance. */
export class ShopClient {
  readonly #instance: InstanceWriter;
  readonly #baseUrl: string;

  constructor(instance: InstanceWriter, baseUrl: string) {
    this.#instance = instance;
    this.#baseUrl = baseUrl;
  }

  /**
   * Takes a step: sends, records, and judges the answer.
   *
   * @returns The body of the answer; undefined where it is not as expected.
   * @throws {TypeError} where there is no answer
   */
  call(call: Call): Promise<JsonObject | undefined> {
    const { step_name, url, method, json, status_code, expected = {} } = call;
    const baseUrl = this.#baseUrl;
    return this.#instance.step(step_name, async (step) => {
      const answer = await step.fetch(url, { method, json, baseUrl });
      if (!step.assertEquals("status", answer.status, status_code)) return;
      const body: JsonObject = await answer.json();
      for (const [name, [field, value]] of Object.entries(expected)) {
        if (!step.assertEquals(name, body[field], value)) return;
      }
      return body;
    });
  }
}
