/**
 * Checks that the callback form was given its function, and its options before.
 *
 * @module
 */
import type { ArtifactError } from "../errors.ts";
import { invalidRecord, placeOf } from "./invalid_record.ts";

/**
 * Asserts that `fn` is a function.
 *
 * @param call How it is called right.
 * @param at Where it is called: run and instance.
 * @throws {ArtifactError} `INVALID_RECORD`
 */
export function assertFunction<F>(
  kind: "instance" | "step",
  fn: F | undefined,
  call: string,
  at: { run_id: string; instance_id?: string },
): asserts fn is F {
  if (typeof fn === "function") return;
  const message = `must have a function: ${call}`;
  throw invalidRecord(kind, { path: "", message }, placeOf(at));
}

/** The error where options stand behind the function of a step: they would be lost. */
export function optionsBehind(
  at: { run_id: string; instance_id: string },
): ArtifactError {
  const message =
    'takes its options before the function: step({ step_name: "pay", retries: 2 }, async (step) => { … })';
  return invalidRecord("step", { path: "", message }, placeOf(at));
}
