/** Steps with a request file each: many small files. */
import { createRun, type InstanceInput, openRun } from "../mod.ts";
import { withTempDir } from "../tests/support/temp_dir.ts";
import { rss_mb } from "./host.ts";
import { observationOf } from "./records.ts";
import { ARTIFACTS } from "./sizes.ts";

const FILES_PER_INSTANCE = 10;
const PRODUCERS = 64;

export interface Artifacts {
  files: number;
  files_per_s: number;
  finalize_ms: number;
  open_ms: number;
  rise_mb: number;
}

export function artifacts(): Promise<Artifacts> {
  return withTempDir(async (dir) => {
    const input: InstanceInput = { scenario_id: "checkout" };
    const run = await createRun({ dir, sut_name: "bench", seed: 1 });
    const start_mb = rss_mb();
    let peak_mb = start_mb;
    let files = 0;
    const start_ms = performance.now();
    await Promise.all(Array.from({ length: PRODUCERS }, async () => {
      while (files < ARTIFACTS) {
        const instance = run.startInstance(input);
        for (let i = 0; i < FILES_PER_INSTANCE && files < ARTIFACTS; i++) {
          files++;
          await instance.step({
            step_name: "add_to_cart",
            step_type: "http",
            observation: {},
            request: observationOf(i),
          });
        }
        await instance.complete();
        peak_mb = Math.max(peak_mb, rss_mb());
      }
    }));
    const end_ms = performance.now();
    await run.finalize();
    const finalized_ms = performance.now();
    const past = await openRun(run.path);
    const { artifacts } = await past.instance("inst_001");
    await artifacts[0]!.json();
    return {
      files,
      files_per_s: 1000 * files / (end_ms - start_ms),
      finalize_ms: finalized_ms - end_ms,
      open_ms: performance.now() - finalized_ms,
      rise_mb: peak_mb - start_mb,
    };
  });
}
