/** A finished run to read, or to damage. */
import { recordRun } from "./run_builder.ts";
import { withTempDir } from "./temp_dir.ts";

/**
 * A finalized run of 3 instances with 2 steps (and the files of their requests)
 * and 1 assertion each; the second one failed.
 */
export function withSampleRun(
  body: (path: string) => Promise<void>,
): Promise<void> {
  const steps = ["cart", "pay"].map((step_name) => ({
    step_name,
    observation: { ok: true, latency_ms: 1.5, body: "naïve 🛒" },
    request: { step_name },
  }));
  return withTempDir(async (dir) => {
    const verdicts = [true, false, true];
    await body(
      await recordRun(
        dir,
        verdicts.map((passed) => ({ steps, assertions: [{ passed }] })),
      ),
    );
  });
}
