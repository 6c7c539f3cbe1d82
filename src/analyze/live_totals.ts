/**
 * Counts the records of a run while it is followed.
 *
 * @module
 */
import { type RunTotals, Tally } from "../format/tally.ts";
import type { FollowedRecord } from "../read/mod.ts";

/**
 * The totals of a run that is followed, so far.
 *
 * @example
 * ```ts
 * import { createRun, LiveTotals, openRun } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * await run.startInstance({ scenario_id: "checkout" }).complete();
 * await run.finalize();
 *
 * const totals = new LiveTotals();
 * for await (const followed of (await openRun(run.path)).follow()) {
 *   totals.add(followed);
 *   console.log(totals.current().total_instances); // 1
 * }
 * ```
 */
export class LiveTotals {
  readonly #tally: Tally;

  /**
   * Starts at zero.
   *
   * @param scenario_ids Scenarios that are listed even when none was executed.
   */
  constructor(scenario_ids: readonly string[] = []) {
    this.#tally = new Tally(scenario_ids);
  }

  /**
   * Counts a record.
   *
   * @example
   * ```ts
   * import { createRun, LiveTotals, openRun } from "@windtunnel/artifacts";
   *
   * const run = await createRun({ sut_name: "ecommerce" });
   * await run.startInstance({ scenario_id: "checkout" }).complete();
   * await run.finalize();
   *
   * const totals = new LiveTotals();
   * const past = await openRun(run.path);
   * for await (const followed of past.follow()) totals.add(followed);
   * console.log(totals.current().total_instances); // 1
   * ```
   */
  add({ kind, record }: FollowedRecord): void {
    if (kind === "instance") this.#tally.addInstance(record);
    if (kind === "step") this.#tally.addStep(record);
    if (kind === "assertion") this.#tally.addAssertion(record);
  }

  /**
   * Returns the totals so far.
   *
   * @example
   * ```ts
   * import { LiveTotals } from "@windtunnel/artifacts";
   *
   * const { total_instances, scenarios } = new LiveTotals(["checkout"]).current();
   * console.log(total_instances, Object.keys(scenarios)); // 0 [ "checkout" ]
   * ```
   */
  current(): RunTotals {
    return this.#tally.totals();
  }
}
