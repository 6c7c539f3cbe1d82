/** Runs to record in tests, and to read or damage. */
import {
  type AssertionInput,
  type CompletionInput,
  createRun,
  type CreateRunOptions,
  type InstanceInput,
  type InstanceWriter,
  type RunWriter,
  type StepInput,
} from "../../mod.ts";

/** Creates `run_1` of a shop in `dir`, unless the options say otherwise. */
export function aRun(
  dir: string,
  options: Partial<CreateRunOptions> = {},
): Promise<RunWriter> {
  return createRun({ dir, run_id: "run_1", sut_name: "shop", ...options });
}

/** What is recorded of an instance; a step or assertion needs no name or type. */
export interface InstancePlan extends Partial<InstanceInput> {
  steps?: Partial<StepInput>[];
  assertions?: Partial<AssertionInput>[];
  /** How it completes; false where it never does. Default: by its assertions. */
  completion?: CompletionInput | false;
}

/** Records an instance: its steps, then its assertions, then its end. */
export async function recordInstance(
  run: RunWriter,
  { steps = [], assertions = [], completion, ...input }: InstancePlan = {},
): Promise<InstanceWriter> {
  const one = run.startInstance({ scenario_id: "checkout", ...input });
  for (const step of steps) {
    await one.step({ step_name: "pay", step_type: "http", ...step });
  }
  for (const assertion of assertions) {
    await one.assertion({
      assertion_name: "paid",
      passed: true,
      ...assertion,
    });
  }
  if (completion !== false) await one.complete(completion);
  return one;
}

/** Records these instances, one after another, and finalizes. Returns the path. */
export async function recordRun(
  dir: string,
  instances: InstancePlan[],
  options: Partial<CreateRunOptions> = {},
): Promise<string> {
  const run = await aRun(dir, options);
  for (const plan of instances) await recordInstance(run, plan);
  await run.finalize();
  return run.path;
}
