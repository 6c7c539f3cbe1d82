/**
 * Exports one instance as a run of its own.
 *
 * @module
 */
import { join } from "@std/path/join";
import { writeAtomically } from "../storage/atomic_file.ts";
import { prettyJson } from "../json/value.ts";
import { writeAll } from "../storage/write_all.ts";
import { assertReader } from "../check/assert_reader.ts";
import type { ArtifactFile, InstanceTrace, RunReader } from "../read/mod.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { confineTo } from "../storage/confined.ts";
import { readGuard, writeGuard } from "../storage/io_errors.ts";
import { runPaths } from "../format/layout.ts";
import { runPermissions } from "../read/internal.ts";
import { ensureDurableDir } from "../record/internal.ts";
import { sealRun } from "../seal/mod.ts";
import { linesOf } from "./lines.ts";
import { assertFree, makeAside } from "./make_aside.ts";
import type { RunFiles } from "./merge_artifacts.ts";
import { assertSafeName } from "../format/names.ts";
import type { Manifest, RunSeal, Summary } from "../format/records.ts";
import { Tally } from "../format/tally.ts";

/**
 * Writes one instance into a run directory of its own, to attach to a bug
 * report: `<dir>/<run id>`, with the manifest of the run (of its scenarios, the
 * one of the instance), the lines and artifact files of the instance, and a
 * summary of these. Run id and instance id stay, and with them the correlation
 * id: it can be replayed and verified like any other run. Records of interrupted
 * attempts are left out.
 *
 * It is made aside, in `.<run id>.new`, and gets its name when it is durable: a
 * crash leaves no part of it. It may be read by those who may read the run.
 *
 * @example
 * ```ts
 * import { createRun, exportInstance, openRun } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * for (const passed of [true, false]) {
 *   await run.startInstance({ scenario_id: "checkout" }).complete({ passed });
 * }
 * await run.finalize();
 *
 * const past = await openRun(run.path);
 * const path = await exportInstance(past, "inst_002", "bug_4711");
 * console.log((await openRun(path)).summary?.fail_count); // 1
 * ```
 *
 * @param dir Where the new run directory goes; made if it is not there.
 * @returns Path of the new run directory, durable.
 * @throws {ArtifactError} `RUN_EXISTS` where there is something already,
 * `INSTANCE_NOT_FOUND`, `CORRUPT_LINE`, `READ_FAILED`; `WRITE_FAILED`, after
 * which what was written is removed, as far as the file system lets it.
 */
export async function exportInstance(
  run: RunReader,
  instance_id: string,
  dir: string,
): Promise<string> {
  assertReader("exportInstance", run);
  const { fs, run_id } = run;
  assertSafeName("an instance id", instance_id);
  const trace = await run.instance(instance_id);
  const path = join(dir, run_id);
  await assertFree(fs, path);
  const mode = await runPermissions(fs, runPaths(run.path));
  await ensureDurableDir(fs, dir);
  await writeGuard(path, () =>
    makeAside(
      fs,
      path,
      (aside) =>
        fill(run, instance_id, trace, {
          fs: confineTo(fs, aside, mode),
          paths: runPaths(aside),
        }),
    ));
  return path;
}

async function fill(
  run: RunReader,
  instance_id: string,
  trace: InstanceTrace,
  { fs, paths }: RunFiles,
): Promise<void> {
  await fs.makeDir(paths.run);
  await fs.makeDir(paths.artifacts);
  if (trace.artifacts.length > 0) {
    const own = join(paths.artifacts, instance_id);
    await fs.makeDir(own);
    for (const file of trace.artifacts) {
      await copyTo(fs, file, join(own, file.name));
    }
    await fs.syncDir(own);
    await fs.syncDir(paths.artifacts);
  }
  const { instance, start, steps, assertions } = trace;
  const write = (path: string, text: string) => writeAtomically(fs, path, text);
  if (start) await write(paths.started, linesOf([start]));
  await write(paths.steps, linesOf(steps));
  await write(paths.assertions, linesOf(assertions));
  await write(paths.instances, linesOf(instance ? [instance] : []));
  const scenario_id = (instance ?? start)?.scenario_id;
  const manifest: Manifest = {
    ...run.manifest,
    scenario_ids: scenario_id ? [scenario_id] : run.manifest.scenario_ids,
  };
  await write(paths.manifest, prettyJson(manifest));
  const summary = summarize(
    run,
    manifest,
    trace,
    await readGuard(paths.run, () => sealRun(fs, paths)),
  );
  await write(paths.summary, prettyJson(summary));
}

/** As of the end of the run; of one that has no end, of the latest record. */
function summarize(
  { summary }: RunReader,
  manifest: Manifest,
  { instance, start, steps, assertions }: InstanceTrace,
  files: RunSeal,
): Summary {
  const tally = new Tally(manifest.scenario_ids);
  if (instance) tally.addInstance(instance);
  for (const step of steps) tally.addStep(step);
  for (const assertion of assertions) tally.addAssertion(assertion);
  const times = [...steps, ...assertions].map(({ timestamp }) => timestamp);
  if (instance) times.push(instance.completed_at);
  const last = times.reduce((a, b) => a > b ? a : b, manifest.timestamp);
  return tally.summary(
    manifest,
    summary?.status ?? "interrupted",
    summary?.completed_at ?? last,
    start ? 1 : 0,
    files,
  );
}

async function copyTo(
  fs: FileSystem,
  file: ArtifactFile,
  path: string,
): Promise<void> {
  const handle = await fs.open(path, "create-new");
  const content = file.stream().getReader();
  try {
    for (;;) {
      const { value } = await readGuard(file.path, () => content.read());
      if (!value) break;
      await writeAll(handle, value);
    }
    await handle.sync();
  } finally {
    await content.cancel().catch(() => {}); // Only says again why a read failed.
    await handle.close();
  }
}
