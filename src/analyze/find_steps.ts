/**
 * Finds steps by what was observed: the slowest, those with a status, with a text.
 *
 * @module
 */
import * as v from "valibot";
import { assertReader } from "../check/assert_reader.ts";
import {
  assertOptions,
  TextOption,
  wholeNumberOption,
} from "../check/options.ts";
import type { StepRecord } from "../format/records.ts";
import type { RunReader, StepFilter } from "../read/mod.ts";

/** Maximum number of steps that are held in memory and sorted. */
const SORTED_MAX = 100_000;
const SORTED_DEFAULT = 20;

/** Options of {@linkcode findSteps}. */
export interface FindStepsOptions {
  /** What `RunReader.steps` filters by. */
  filter?: StepFilter;
  /** A status code such as `"502"`, or a class of them such as `"5xx"`. */
  status?: string;
  /**
   * A text that a name or a value of the record has in it, letter by letter. A
   * number has the text that JSON writes.
   */
  text?: string;
  /** `"latency"`: the slowest first, steps without a latency last. */
  sort?: "latency";
  /**
   * At most so many steps. Default: all, or 20 where they are sorted; no more than
   * 100,000 are sorted.
   */
  limit?: number;
}

const FindStepsOptionsSchema: v.GenericSchema<FindStepsOptions> = v
  .strictObject({
    // The reader checks these, with a schema of its own.
    filter: v.optional(v.custom<StepFilter>(() => true)),
    status: v.optional(
      v.pipe(
        v.string("must be a text"),
        v.regex(
          /^[1-9](?:\d\d|xx)$/,
          'must be a status code such as "502", or a class such as "5xx"',
        ),
      ),
    ),
    text: v.optional(TextOption),
    sort: v.optional(v.picklist(["latency"], 'must be "latency"')),
    limit: v.optional(wholeNumberOption(1)),
  });

/**
 * Finds steps of a run. They are given in the order in which they were recorded,
 * or sorted; in bounded memory either way.
 *
 * @param run The run, opened.
 * @throws {ArtifactError} `INVALID_OPTION`, `CORRUPT_LINE`, `CORRUPT_FILE`,
 * `READ_FAILED`
 *
 * @example
 * ```ts
 * import { createRun, findSteps, openRun } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * const instance = run.startInstance({ scenario_id: "checkout" });
 * for (const [status_code, latency_ms] of [[201, 12], [502, 9], [503, 90]]) {
 *   await instance.step({
 *     step_name: "pay",
 *     step_type: "http",
 *     observation: { status_code, latency_ms },
 *   });
 * }
 * await instance.complete();
 * await run.finalize();
 *
 * const past = await openRun(run.path);
 * const options = { status: "5xx", sort: "latency" } as const;
 * for await (const { step_index } of findSteps(past, options)) {
 *   console.log(step_index);
 *   // 2
 *   // 1
 * }
 * ```
 */
export async function* findSteps(
  run: RunReader,
  options: FindStepsOptions = {},
): AsyncGenerator<StepRecord, void, void> {
  assertReader("findSteps", run);
  assertOptions("findSteps", FindStepsOptionsSchema, options);
  const { filter = {}, sort } = options;
  const isWanted = matcherOf(options);
  const limit = options.limit ?? (sort ? SORTED_DEFAULT : Infinity);
  const slowest = new Slowest(Math.min(limit, SORTED_MAX));
  let given = 0;
  for await (const steps of run.blocks("steps", filter)) {
    for (const step of steps) {
      if (!isWanted(step)) continue;
      if (sort) slowest.add(step);
      else {
        yield step;
        if (++given === limit) return;
      }
    }
  }
  yield* slowest.sorted();
}

function matcherOf(
  { status, text }: FindStepsOptions,
): (step: StepRecord) => boolean {
  const statusStart = status?.replace("xx", "");
  const json = text === undefined ? "" : JSON.stringify(text).slice(1, -1);
  return (step) => {
    if (statusStart !== undefined) {
      const code = String(step.observation.status_code ?? "");
      if (code.length !== 3 || !code.startsWith(statusStart)) return false;
    }
    return json === "" || JSON.stringify(step).includes(json);
  };
}

/** The steps with the greatest latencies of those that were added. */
class Slowest {
  readonly #limit: number;
  #steps: StepRecord[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(step: StepRecord): void {
    this.#steps.push(step);
    if (this.#steps.length >= 2 * this.#limit + 100) {
      this.#steps = this.sorted();
    }
  }

  /** Steps with one latency stay in their order. */
  sorted(): StepRecord[] {
    return this.#steps.sort((a, b) => latencyOf(b) - latencyOf(a))
      .slice(0, this.#limit);
  }
}

function latencyOf({ observation: { latency_ms } }: StepRecord): number {
  return typeof latency_ms === "number" ? latency_ms : -1;
}
