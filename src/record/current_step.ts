/**
 * Finds the step whose function is running, where the runtime can.
 *
 * @module
 */
import { asyncContext } from "../adapters/mod.ts";
import type { AsyncContext } from "../adapters/mod.ts";
import type { RunningStep } from "./running_step.ts";
import type { StepHandle } from "./step_writer.ts";

/** Knows the step at hand. */
export type CurrentStep = AsyncContext<StepHandle>;

let loaded: CurrentStep | undefined;

/** Loads what knows the step at hand; undefined where the runtime cannot. */
export async function loadCurrentStep(): Promise<CurrentStep | undefined> {
  return loaded ??= await asyncContext<StepHandle>();
}

/** The step in whose function the program is. */
export function currentStep(): RunningStep | undefined {
  return loaded?.get() as RunningStep | undefined;
}
