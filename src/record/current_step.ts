/**
 * Finds the step whose function is running, where the runtime can.
 *
 * @module
 */
import { asyncContext } from "../adapters/mod.ts";
import type { AsyncContext } from "../adapters/mod.ts";
import type { RunningStep } from "./running_step.ts";
import type { StepHandle } from "./step_writer.ts";

/** Finds the step of the current call. */
export type CurrentStep = AsyncContext<StepHandle>;

let loaded: CurrentStep | undefined;

/** Loads the finder of the current step; undefined where the runtime has none. */
export async function loadCurrentStep(): Promise<CurrentStep | undefined> {
  return loaded ??= await asyncContext<StepHandle>();
}

/** The step whose function is running. */
export function currentStep(): RunningStep | undefined {
  return loaded?.get() as RunningStep | undefined;
}
