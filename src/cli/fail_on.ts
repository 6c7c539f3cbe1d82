/**
 * The option `--fail-on`, which makes the exit code depend on a run.
 *
 * @module
 */
import type { RunReader, RunTotals } from "../../mod.ts";
import type { Arguments, Option } from "./arguments.ts";
import { EXIT } from "./exit_codes.ts";

const CONDITIONS = [
  "failures",
  "errors",
  "incomplete",
  "flaky",
  "failed-steps",
] as const;
type Condition = (typeof CONDITIONS)[number];

/** The option, for the commands that have it. */
export const FAIL_ON: Readonly<Record<string, Option>> = {
  "fail-on": {
    value: "what",
    about: `exit 1 on ${CONDITIONS.join(", ")}`,
  },
};

/** Returns the conditions of the option; call it before any work, for it may throw. */
export function failOnOf(args: Arguments): readonly Condition[] {
  return args.choices("fail-on", CONDITIONS);
}

/** Returns the exit code for a run. */
export function failOnCode(
  conditions: readonly Condition[],
  { state, summary }: RunReader,
  totals: Pick<
    RunTotals,
    "fail_count" | "error_count" | "flaky_count" | "failed_steps"
  >,
): number {
  const { fail_count, error_count, flaky_count, failed_steps } = totals;
  const holds: Record<Condition, boolean> = {
    // An instance that ended with an error failed, whatever its verdict.
    failures: fail_count > 0 || error_count > 0,
    errors: error_count > 0,
    incomplete: state !== "completed" || (summary?.incomplete_count ?? 0) > 0,
    flaky: flaky_count > 0,
    "failed-steps": failed_steps > 0,
  };
  return conditions.some((condition) => holds[condition])
    ? EXIT.checkFailed
    : EXIT.good;
}
