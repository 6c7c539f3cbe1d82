/** A finished run to read, or to damage. */
import { createRun } from "../../mod.ts";
import { withTempDir } from "./temp_dir.ts";

/**
 * A finalized run of 3 instances with 2 steps (and the files of their requests)
 * and 1 assertion each; the second one failed.
 */
export function withSampleRun(
  body: (path: string) => Promise<void>,
): Promise<void> {
  return withTempDir(async (dir) => {
    const run = await createRun({ dir, run_id: "run_1", sut_name: "shop" });
    for (const passed of [true, false, true]) {
      const one = run.startInstance({ scenario_id: "checkout" });
      for (const step_name of ["cart", "pay"]) {
        await one.step({
          step_name,
          step_type: "http",
          observation: { ok: true, latency_ms: 1.5, body: "naïve 🛒" },
          request: { step_name },
        });
      }
      await one.assertion({ assertion_name: "paid", passed });
      await one.complete();
    }
    await run.finalize();
    await body(run.path);
  });
}
