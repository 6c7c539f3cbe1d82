/** This library as a contender, through its public API. */
import {
  createRun,
  type CreateRunOptions,
  type InstanceRecord,
  type InstanceWriter,
  type StepRecord,
} from "../mod.ts";
import type { Contender } from "./contender.ts";
import { INSTANCES, RUN_ID } from "./records.ts";

/** `appendStep` on a run of such options. */
export function appendStep(
  name: string,
  promise: string,
  options: Partial<CreateRunOptions> = {},
): Contender {
  return {
    name,
    promise,
    async open(dir) {
      const run = await createRun({
        dir,
        run_id: RUN_ID,
        sut_name: "bench",
        ...options,
      });
      return {
        append: (record) => run.appendStep(record),
        close: async () => void await run.finalize(),
      };
    },
  };
}

/** `instance.step`, which fills the ids, the number and the time of a step. */
export const instanceStep: Contender = ofInstances(
  "`instance.step`",
  (instance, { step_name, step_type, observation }) =>
    instance.step({ step_name, step_type, observation }),
);

/** `instance.step` with a function, which notes its time and what it saw. */
export const callbackStep: Contender = ofInstances(
  "`instance.step` with a function",
  (instance, { step_name, observation }) =>
    instance.step(step_name, (step) => step.observe(observation)),
);

/** A way to record the steps of open instances. */
function ofInstances(
  name: string,
  record: (instance: InstanceWriter, step: StepRecord) => Promise<unknown>,
): Contender {
  return {
    name,
    promise: "written",
    async open(dir) {
      const run = await createRun({ dir, run_id: RUN_ID, sut_name: "bench" });
      const instances = Array.from(
        { length: INSTANCES },
        () => run.startInstance({ scenario_id: "checkout" }),
      );
      let next = 0;
      return {
        append: (step) => record(instances[next++ % INSTANCES]!, step),
        close: async () => void await run.finalize(),
      };
    },
  };
}

/** `appendInstance`, with records of about the same size. */
export const appendInstance: Contender = {
  name: "`appendInstance`",
  promise: "synced, and before it every step and assertion",
  async open(dir) {
    const run = await createRun({ dir, run_id: RUN_ID, sut_name: "bench" });
    return {
      append(step) {
        const record: InstanceRecord = {
          instance_id: step.instance_id,
          run_id: RUN_ID,
          correlation_id: step.correlation_id,
          scenario_id: "checkout",
          instance_key: null,
          retry_of: null,
          started_at: step.timestamp,
          completed_at: step.timestamp,
          duration_ms: 12.5,
          passed: true,
          entry_data: step.observation,
          error: null,
        };
        return run.appendInstance(record);
      },
      close: async () => void await run.finalize(),
    };
  },
};
