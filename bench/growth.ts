/** Whether time and memory of a record stay the same as a run grows. */
import process from "node:process";
import { createRun, type InstanceWriter } from "../mod.ts";
import { withTempDir } from "../tests/support/temp_dir.ts";
import { rssMb } from "./host.ts";
import { observationOf } from "./records.ts";

/** What a run cost. */
export interface Growth {
  steps: number;
  inFlight: number;
  usPerStep: number;
  /** Processor time outside of the kernel, all threads. */
  userUsPerStep: number;
  startMb: number;
  peakMb: number;
}

/** Records steps of so many instances that are open at once. */
export function growth(steps: number, inFlight: number): Promise<Growth> {
  return withTempDir(async (dir) => {
    const run = await createRun({ dir, sut_name: "bench", seed: 1 });
    const startMb = rssMb();
    let peakMb = startMb;
    const startCpu = process.cpuUsage();
    const startMs = performance.now();
    const instances: InstanceWriter[] = [];
    for (let i = 0; i < inFlight; i++) {
      instances.push(run.startInstance({ scenario_id: "checkout" }));
    }
    let given = 0;
    // At most 256 wait for an answer; all instances have their turn.
    await Promise.all(
      Array.from({ length: Math.min(256, inFlight) }, async () => {
        while (given < steps) {
          const n = given++;
          await instances[n % inFlight]!.step({
            step_name: "add_to_cart",
            step_type: "http",
            observation: observationOf(n),
          });
          if (n % 10_000 === 0) peakMb = Math.max(peakMb, rssMb());
        }
      }),
    );
    const elapsedMs = performance.now() - startMs;
    const { user } = process.cpuUsage(startCpu);
    await Promise.all(instances.map((instance) => instance.complete()));
    const { total_steps } = await run.finalize();
    if (total_steps !== steps) throw new Error(`${total_steps} were recorded`);
    peakMb = Math.max(peakMb, rssMb());
    return {
      steps,
      inFlight,
      usPerStep: 1000 * elapsedMs / steps,
      userUsPerStep: user / steps,
      startMb,
      peakMb,
    };
  });
}
