/** Steps with a request file each: many small files. */
import { createRun, type InstanceInput, openRun } from "../mod.ts";
import { withTempDir } from "../tests/support/temp_dir.ts";
import { rssMb } from "./host.ts";
import { observationOf } from "./records.ts";
import { ARTIFACTS } from "./sizes.ts";

const FILES_PER_INSTANCE = 10;
const PRODUCERS = 64;

export interface Artifacts {
  files: number;
  filesPerS: number;
  finalizeMs: number;
  openMs: number;
  riseMb: number;
}

export function artifacts(): Promise<Artifacts> {
  return withTempDir(async (dir) => {
    const input: InstanceInput = { scenario_id: "checkout" };
    const run = await createRun({ dir, sut_name: "bench", seed: 1 });
    const startMb = rssMb();
    let peakMb = startMb;
    let files = 0;
    const startMs = performance.now();
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
        peakMb = Math.max(peakMb, rssMb());
      }
    }));
    const endMs = performance.now();
    await run.finalize();
    const finalizedMs = performance.now();
    const past = await openRun(run.path);
    const { artifacts } = await past.instance("inst_001");
    await artifacts[0]!.json();
    return {
      files,
      filesPerS: 1000 * files / (endMs - startMs),
      finalizeMs: finalizedMs - endMs,
      openMs: performance.now() - finalizedMs,
      riseMb: peakMb - startMb,
    };
  });
}
