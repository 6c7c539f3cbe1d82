/**
 * Records an assertion of an instance.
 *
 * @module
 */
import { newAssertion } from "../format/assertion_record.ts";
import type { InstanceContext } from "./instance_context.ts";
import type { AssertionInput } from "../format/records.ts";
import { assertAssertionInput } from "./instance_input.ts";
import { readFailure } from "./invalid_record.ts";

/**
 * Records an assertion. One that did not pass, or is refused, fails the instance.
 *
 * @param latest The step that it is about where it does not say.
 * @throws {ArtifactError} at once where it is not accepted.
 */
export function recordAssertion(
  { run, instance_id, ids, files, evidence, assertOpen }: InstanceContext,
  input: AssertionInput,
  latest: number | null,
): Promise<void> {
  const { run_id } = run;
  try {
    assertOpen();
    assertAssertionInput(input, { run_id, instance_id });
    const { step_index = latest, passed } = input;
    const { correlation_id } = ids;
    const record = newAssertion(
      { instance_id, run_id, correlation_id },
      input,
      step_index,
    );
    const acknowledged = files.record(run.logs.assertions, record, "own");
    // Only now: a refused assertion judges no step.
    evidence.addAssertion(step_index, passed);
    return acknowledged;
  } catch (error) {
    evidence.addRefusedAssertion(input);
    throw readFailure("assertion", error, { run_id, instance_id });
  }
}
