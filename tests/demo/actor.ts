/**
 * The hand that goes through a scenario: does each step, judges it, and records
 * both.
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import {
  type InstanceWriter,
  type JsonObject,
  type JsonValue,
  sendHttp,
} from "../../mod.ts";

/** One call of the service. */
export interface Call {
  step_name: string;
  method: "GET" | "POST";
  /** Path relative to the base URL. */
  url: string;
  body?: JsonObject;
  /** The status code that the scenario counts on. */
  status_code: number;
}

/** The scenario cannot go on. What broke it is recorded already. */
export class ScenarioStopped extends Error {
  override readonly name = "ScenarioStopped";
  /** Why the execution broke off; null where an assertion tells. */
  readonly error: string | null;

  constructor(error: string | null) {
    super(error ?? "An assertion failed");
    this.error = error;
  }
}

/** Acts for one instance. */
export class Actor {
  readonly #instance: InstanceWriter;
  readonly #baseUrl: string;
  #step_name = "";

  constructor(instance: InstanceWriter, baseUrl: string) {
    this.#instance = instance;
    this.#baseUrl = baseUrl;
  }

  /**
   * Takes a step: sends, records, and judges the status.
   *
   * @returns The body of the answer.
   * @throws {ScenarioStopped} where there was no answer, or another status
   */
  async call(call: Call): Promise<JsonObject> {
    const { step_name, method, url, body } = call;
    const headers = {
      ...(body ? { "content-type": "application/json" } : {}),
      ...this.#instance.headers(),
    };
    const exchange = await sendHttp(
      // The path alone: the port is another one in each run, and a replay gives
      // its own base URL.
      { method, url, headers, ...(body ? { body } : {}) },
      { baseUrl: this.#baseUrl },
    );
    await this.#instance.step({ step_name, step_type: "http", ...exchange });
    this.#step_name = step_name;
    const { response, observation } = exchange;
    if (!response) {
      const [error] = observation.errors as JsonObject[];
      throw new ScenarioStopped(`${step_name}: ${error?.message}`);
    }
    await this.check("status", call.status_code, response.status_code);
    return asObject(response.body);
  }

  /**
   * Judges the latest step and records the verdict.
   *
   * @throws {ScenarioStopped} where the two differ
   */
  async check(
    assertion_name: string,
    expected: JsonValue,
    actual: JsonValue | undefined,
  ): Promise<void> {
    const passed = isDeepStrictEqual(actual, expected);
    await this.#instance.assertion({
      assertion_name,
      passed,
      expected,
      actual,
      message: passed
        ? ""
        : `${this.#step_name}: ${assertion_name} is ${
          JSON.stringify(actual ?? null)
        }, expected ${JSON.stringify(expected)}`,
    });
    if (!passed) throw new ScenarioStopped(null);
  }
}

function asObject(body: JsonValue): JsonObject {
  const isObject = typeof body === "object" && body !== null &&
    !Array.isArray(body);
  return isObject ? body : {};
}
