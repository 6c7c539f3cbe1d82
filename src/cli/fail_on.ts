/**
 * `--fail-on`: what makes a look at a run a check of it.
 *
 * @module
 */
import type { RunReader } from "../read/mod.ts";
import type { Arguments, Option } from "./arguments.ts";
import { EXIT } from "./exit_codes.ts";

const WHATS = ["failures", "errors", "incomplete"] as const;

/** The option, for commands that have it. */
export const FAIL_ON: Readonly<Record<string, Option>> = {
  "fail-on": {
    value: "what",
    about: `exit with 1 on any of: ${WHATS.join(", ")}`,
  },
};

/** What is asked for; wrong usage is found before any work is done. */
export function failOnOf(args: Arguments): readonly (typeof WHATS)[number][] {
  return args.choices("fail-on", WHATS);
}

/** The exit code of a run. */
export function failOnCode(
  whats: readonly (typeof WHATS)[number][],
  run: RunReader,
  { fail_count, error_count }: { fail_count: number; error_count: number },
): number {
  const found = {
    // An instance that broke off failed, whatever its verdict.
    failures: fail_count > 0 || error_count > 0,
    errors: error_count > 0,
    incomplete: run.state !== "completed",
  };
  return whats.some((what) => found[what]) ? EXIT.checkFailed : EXIT.good;
}
