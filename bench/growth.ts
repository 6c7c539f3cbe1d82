/** Whether time and memory of a record stay the same as a run grows. */
import process from "node:process";
import { createRun, type InstanceWriter } from "../mod.ts";
import { withTempDir } from "../tests/support/temp_dir.ts";
import { rss_mb } from "./host.ts";
import { observationOf } from "./records.ts";

/** What a run cost. */
export interface Growth {
  steps: number;
  in_flight: number;
  us_per_step: number;
  /** Processor time outside of the kernel, all threads. */
  user_us_per_step: number;
  start_mb: number;
  peak_mb: number;
}

/** Records steps of so many instances that are open at once. */
export function growth(steps: number, in_flight: number): Promise<Growth> {
  return withTempDir(async (dir) => {
    const run = await createRun({ dir, sut_name: "bench", seed: 1 });
    const start_mb = rss_mb();
    let peak_mb = start_mb;
    const start_cpu = process.cpuUsage();
    const start_ms = performance.now();
    const instances: InstanceWriter[] = [];
    for (let i = 0; i < in_flight; i++) {
      instances.push(run.startInstance({ scenario_id: "checkout" }));
    }
    let given = 0;
    // At most 256 wait for an answer; all instances have their turn.
    await Promise.all(
      Array.from({ length: Math.min(256, in_flight) }, async () => {
        while (given < steps) {
          const n = given++;
          await instances[n % in_flight]!.step({
            step_name: "add_to_cart",
            step_type: "http",
            observation: observationOf(n),
          });
          if (n % 10_000 === 0) peak_mb = Math.max(peak_mb, rss_mb());
        }
      }),
    );
    const elapsed_ms = performance.now() - start_ms;
    const { user } = process.cpuUsage(start_cpu);
    await Promise.all(instances.map((instance) => instance.complete()));
    const { total_steps } = await run.finalize();
    if (total_steps !== steps) throw new Error(`${total_steps} were recorded`);
    peak_mb = Math.max(peak_mb, rss_mb());
    return {
      steps,
      in_flight,
      us_per_step: 1000 * elapsed_ms / steps,
      user_us_per_step: user / steps,
      start_mb,
      peak_mb,
    };
  });
}
