/**
 * Ways to break the library, each of which the simulation has to notice. A
 * snippet that does not occur exactly once is an error, so that no mutant rots.
 */
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Durability } from "../../mod.ts";

/** An exchange of text in one file. */
export interface Change {
  file: string;
  find: string;
  replace: string;
}

export interface Mutant {
  name: string;
  changes: Change[];
  /** Where the hunt looks first, or in runs of which durability. Default: in all. */
  lookFirst?: "take-overs" | "recoveries" | Durability;
}

const change = (file: string, find: string, replace = ""): Change => ({
  file: `src/${file}`,
  find,
  replace,
});

/** Broken: each of these loses data, or promises what it cannot keep. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "the steps are not synced before an instance line",
    changes: [change(
      "record/run_logs.ts",
      "durable ? log.synced() : log.written()",
      "durable && log !== this.#logs.steps ? log.synced() : log.written()",
    )],
  },
  {
    name: "the starts are not synced before an instance line",
    changes: [change(
      "record/run_logs.ts",
      "durable ? log.synced() : log.written()",
      "durable && log !== this.#logs.started ? log.synced() : log.written()",
    )],
  },
  {
    name: "steps are written before the start of their instance",
    changes: [change(
      "record/run_logs.ts",
      'log("steps", acknowledge, afterStarts)',
      'log("steps", acknowledge)',
    )],
  },
  {
    name: "the starts are removed where an instance is open",
    changes: [change(
      "record/started_file.ts",
      "if (!completed.has(instance_id)) {",
      "if (completed.has(instance_id)) {",
    )],
  },
  {
    name: "the assertions are not synced before an instance line",
    changes: [change(
      "record/run_logs.ts",
      "durable ? log.synced() : log.written()",
      "durable && log !== this.#logs.assertions ? log.synced() : log.written()",
    )],
  },
  {
    name: "a durable append is acknowledged before its sync",
    changes: [change(
      "storage/append_log.ts",
      "else this.#acknowledgeWhenSynced(batch, this.#linesWritten);",
      "else this.#acknowledge(batch);",
    )],
  },
  {
    name: "lines count as written before their write has ended",
    changes: [
      change(
        "storage/append_log.ts",
        "for (const part of batch.content.parts()) {",
        "this.#linesWritten += batch.lines;\nfor (const part of batch.content.parts()) {",
      ),
      change(
        "storage/append_log.ts",
        "    this.#linesWritten += batch.lines;\n    this.#queuedBytes -=",
        "    this.#queuedBytes -=",
      ),
    ],
  },
  {
    name: "a sync covers what was written while it was under way",
    lookFirst: "record",
    changes: [change(
      "storage/append_log.ts",
      "this.#linesSynced = lines;",
      "this.#linesSynced = this.#linesWritten;",
    )],
  },
  {
    name: "a short write counts as a whole one",
    changes: [
      change("storage/write_all.ts", "done += taken;", "done = bytes.length;"),
    ],
  },
  {
    name: "an interrupted write counts as done",
    changes: [
      change(
        "storage/write_all.ts",
        "let taken = 0;",
        "let taken = bytes.length - done;",
      ),
    ],
  },
  {
    name: "the directory is not synced after a rename",
    changes: [
      change("storage/atomic_file.ts", "  await fs.syncDir(dirname(path));\n"),
    ],
  },
  {
    name: "a file is renamed before it is synced",
    changes: [
      change("storage/atomic_file.ts", "  await fs.rename(temporary, path);\n"),
      change(
        "storage/atomic_file.ts",
        "    await handle.sync();\n",
        "    await fs.rename(temporary, path);\n    await handle.sync();\n",
      ),
    ],
  },
  {
    name: "a whole file is never synced",
    changes: [change("storage/atomic_file.ts", "    await handle.sync();\n")],
  },
  {
    name: "a failed sync is tried again",
    changes: [change(
      "storage/append_log.ts",
      "await this.#handle.syncData();",
      "await this.#handle.syncData().catch(() => this.#handle.syncData());",
    )],
  },
  {
    name: "the last record of a batch is dropped",
    changes: [change(
      "storage/append_log.ts",
      "await this.#sink.write(part);",
      "await this.#sink.write(part.slice(0, part.lastIndexOf(10 as never, part.length - 2) + 1) || part);",
    )],
  },
  {
    name: "appends are acknowledged after a failed write",
    changes: [change(
      "storage/append_log.ts",
      "await this.#sink.write(part);",
      "await Promise.resolve().then(() => this.#sink.write(part)).catch(() => {});",
    )],
  },
  {
    name: "the failure does not reach those who wait",
    changes: [change(
      "storage/run_failure.ts",
      "for (const listener of this.#listeners) listener(this.error);",
      "",
    )],
  },
  {
    name: 'an instance line does not wait for written steps at "os"',
    lookFirst: "os",
    changes: [change(
      "record/run_logs.ts",
      '() => this.flushRecords(durability !== "os"),',
      'async () => { if (durability !== "os") await this.flushRecords(true); },',
    )],
  },
  {
    name: "artifacts are written after the line of their step",
    changes: [change(
      "record/instance_files.ts",
      "for (const file of files) await this.#write(file);\n      // In an object",
      "const early = append();\nfor (const file of files) await this.#write(file);\nreturn { acknowledged: early };\n// In an object",
    )],
  },
  {
    name: 'artifacts are not synced at "record"',
    lookFirst: "record",
    changes: [change(
      "record/artifact_writer.ts",
      "if (this.#sync) await this.#failure.guard(path, () => handle.sync());",
    )],
  },
  {
    name: "finalize does not sync",
    lookFirst: "os",
    changes: [change(
      "record/run_logs.ts",
      "    await this.flushRecords(true);\n    await this.#logs.instances.synced();",
      "    await this.flushRecords(false);\n    await this.#logs.instances.written();",
    )],
  },
  {
    name: "finalize does not wait for the instances",
    lookFirst: "os",
    changes: [
      change(
        "record/run_logs.ts",
        "    await this.#logs.instances.synced();\n",
      ),
    ],
  },
  {
    name: "lines of a batch are in the wrong order",
    changes: [change(
      "storage/line_batch.ts",
      "this.#bytes.set(line, this.#length);",
      "this.#bytes.copyWithin(line.length, 0, this.#length);\nthis.#bytes.set(line, 0);",
    )],
  },
  {
    name: "the directory of the run is not synced into its parent",
    changes: [change(
      "record/run_directory.ts",
      "    await fs.syncDir(dirname(paths.run));\n",
    )],
  },
  {
    name: "the parents of the runs are not synced",
    changes: [change(
      "record/run_directory.ts",
      "      await fs.syncDir(above);\n",
    )],
  },
  {
    name: "recovery trusts what it reads before it is synced",
    lookFirst: "recoveries",
    changes: [change(
      "repair/repair.ts",
      "  for (const file of files) await syncFile(fs, file);\n",
    )],
  },
  {
    name: "the manifest may be durable before the names of the JSONL files",
    changes: [change(
      "record/run_directory.ts",
      "    // before theirs.\n    await fs.syncDir(paths.run);",
    )],
  },
  {
    name: "recovery trusts names next to the run that it did not sync",
    lookFirst: "recoveries",
    changes: [change(
      "repair/repair.ts",
      'for (const dir of [join(path, ".."), path]) {',
      "for (const dir of [path]) {",
    )],
  },
  {
    name: "a short read is taken for the whole",
    changes: [change(
      "storage/torn_tail.ts",
      "() => readFully(handle, wanted, start),",
      "async () => wanted.subarray(0, await handle.read(wanted, start)),",
    )],
  },
  {
    name: "a lock that was released may come back",
    changes: [change(
      "storage/lock.ts",
      "await this.#fs.syncDir(dirname(this.#file));",
    )],
  },
  {
    name: "recovery does not sync its cut",
    changes: [change(
      "repair/cut_file.ts",
      "      await handle.truncate(tail.offset);\n      await handle.sync();",
      "      await handle.truncate(tail.offset);",
    )],
  },
  {
    name: "a writer acknowledges without a look at its lock",
    lookFirst: "take-overs",
    changes: [change(
      "storage/append_log.ts",
      "      const held = this.#options.fence?.();\n      if (held) await held;\n",
    )],
  },
  {
    name: "a copy of a lock is taken for the lock",
    lookFirst: "take-overs",
    changes: [
      change(
        "storage/lock_file.ts",
        "? true : undefined",
        "? false : undefined",
      ),
    ],
  },
  {
    name: "a lock without content counts for ever",
    changes: [change(
      "storage/lock_file.ts",
      "const running = holder && await isRunning(fs, file, holder);",
      "const running = !holder || await isRunning(fs, file, holder);",
    )],
  },
  {
    name: "a writer that was taken over replaces the summary",
    lookFirst: "take-overs",
    changes: [change("storage/atomic_file.ts", "  await fence?.();\n")],
  },
  {
    name: "a writer that was taken over makes artifacts",
    lookFirst: "take-overs",
    changes: [
      change(
        "record/artifact_writer.ts",
        "    await this.#failure.guard(path, this.#fence);\n",
      ),
    ],
  },
  {
    name: "a take-over goes on in the files of the old writer",
    lookFirst: "take-overs",
    changes: [change(
      "repair/repair.ts",
      "    for (const file of files) await replaceByCopy(fs, file);\n",
    )],
  },
  {
    name: "a take-over looks for a summary before it can no longer come",
    lookFirst: "take-overs",
    changes: [change(
      "repair/resume_run.ts",
      "  await removeTemporaries(fs, paths);\n",
    )],
  },
  {
    name: "an artifact is left out of the seal",
    lookFirst: "take-overs",
    changes: [change(
      "record/artifact_writer.ts",
      "    sum.add(relative.slice(FILES.artifacts.length + 1), size, hash.hex());\n",
    )],
  },
  {
    name: "a resumed run is sealed without what was there before",
    lookFirst: "take-overs",
    changes: [change(
      "record/run_end.ts",
      "isResumed ? undefined : artifacts.seal()",
      "artifacts.seal()",
    )],
  },
];

/** Changed, and as good as before: the simulation must find nothing new. */
export const CONTROLS: readonly Mutant[] = [
  {
    name: "batches are small, some go through the streams",
    changes: [
      change(
        "storage/limits.ts",
        "BATCH_BYTES_MAX: number = 256 * 1024",
        "BATCH_BYTES_MAX: number = 300",
      ),
      change(
        "storage/limits.ts",
        "SHORT_TEXT_MAX: number = 16 * 1024",
        "SHORT_TEXT_MAX: number = 250",
      ),
      change(
        "storage/limits.ts",
        "OPEN_ARTIFACTS_MAX = 64",
        "OPEN_ARTIFACTS_MAX = 1",
      ),
    ],
  },
];

/** Copies the library at `root` to `dir`, changed. Returns its `mod.ts`. */
export async function writeMutant(
  root: string,
  dir: string,
  { name, changes }: Mutant,
): Promise<string> {
  await mkdir(dir, { recursive: true });
  for (const file of ["src", "mod.ts", "package.json"]) {
    await cp(join(root, file), join(dir, file), { recursive: true });
  }
  // Links, for Node strips no types below a directory named node_modules.
  await symlink(join(root, "node_modules"), join(dir, "node_modules"));
  for (const { file, find, replace } of changes) {
    const path = join(dir, file);
    const source = await readFile(path, "utf8");
    const count = source.split(find).length - 1;
    if (count !== 1) {
      throw new Error(
        `Mutant "${name}": its snippet is ${count} times in ${file}, not once: ${find}`,
      );
    }
    await writeFile(path, source.replace(find, () => replace));
  }
  return join(dir, "mod.ts");
}
