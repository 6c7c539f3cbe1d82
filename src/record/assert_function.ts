/**
 * Checks that the callback form was given its function.
 *
 * @module
 */
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
