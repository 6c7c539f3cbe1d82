/**
 * Writes a run as tables in Parquet, for engines that query many runs.
 *
 * @module
 */
import { join } from "@std/path/join";
import { assertReader } from "../check/assert_reader.ts";
import { systemCode } from "../errors.ts";
import { recordFiles, runPaths } from "../format/layout.ts";
import { runPermissions } from "../read/internal.ts";
import type { RunReader } from "../read/mod.ts";
import { ensureDurableDir } from "../record/internal.ts";
import { writeAtomically } from "../storage/atomic_file.ts";
import { confineTo, directoryMode } from "../storage/confined.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard, writeGuard } from "../storage/io_errors.ts";
import { readFully } from "../storage/read_file.ts";
import {
  encodeTable,
  PARQUET_TABLES,
  type ParquetTable,
  SOURCE_KEY,
} from "./parquet_tables.ts";

/** What {@linkcode exportParquet} did with a run. */
export interface ParquetExport {
  /** Whether the tables had this run already, as it is now: nothing was written. */
  unchanged: boolean;
  /** The files, one for each table. */
  files: Record<ParquetTable, string>;
  /** Rows that were written to each table. */
  rows: Record<ParquetTable, number>;
}

/**
 * Writes a run into three tables in Parquet: `instances`, `steps` and
 * `assertions`, partitioned by date (of the manifest, UTC) and run id in the way
 * of Hive, as in `steps/date=2024-01-15/run_id=run_1/<nonce>.parquet`. DuckDB,
 * ClickHouse, Spark and others read the directory as a whole.
 *
 * Columns are the fields of the records. Of an observation `ok`, `status_code`
 * and `latency_ms` are columns of their own, and the rest is JSON, as are
 * `entry_data`, `error`, `expected`, `actual`, and the `request` and `response`
 * of a step, whether they were recorded in files or in its line. What interrupted attempts
 * recorded is there too, under its own `correlation_id`; see `docs/queries.md`.
 *
 * A run whose tables are up to date is skipped; one that has changed since, because
 * it was resumed, is replaced. Each file gets its name when it is whole and
 * durable. Whoever may read the run may read the files.
 *
 * @example
 * ```ts
 * import { createRun, exportParquet, openRun } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * await run.startInstance({ scenario_id: "checkout" }).complete();
 * await run.finalize();
 *
 * const { rows } = await exportParquet(await openRun(run.path), "tables");
 * console.log(rows.instances); // 1
 * ```
 *
 * @param dir Directory of the tables; made if it is not there.
 * @throws {ArtifactError} `INVALID_OPTION`, `CORRUPT_LINE`, `CORRUPT_FILE`,
 * `READ_FAILED`, `WRITE_FAILED`
 */
export async function exportParquet(
  run: RunReader,
  dir: string,
): Promise<ParquetExport> {
  assertReader("exportParquet", run);
  const mode = await runPermissions(run.fs, runPaths(run.path));
  const fs = confineTo(run.fs, dir, mode);
  const source = await sourceOf(run);
  const rows = { instances: 0, steps: 0, assertions: 0 };
  const files = Object.fromEntries(
    PARQUET_TABLES.map((table) => [table, fileOf(run, dir, table)]),
  ) as Record<ParquetTable, string>;
  if (await allNameSource(fs, Object.values(files), source)) {
    return { unchanged: true, files, rows };
  }
  await ensureDurableDir(run.fs, dir);
  for (const table of PARQUET_TABLES) {
    const file = files[table];
    await writeGuard(file, async () => {
      await makeDirs(fs, dir, partsOf(run, table), directoryMode(mode));
      await writeAtomically(
        fs,
        file,
        encodeTable(run, table, source, () => rows[table]++),
      );
    });
  }
  return { unchanged: false, files, rows };
}

/** Directories of a run in a table, from the table down. */
function partsOf(
  { run_id, manifest }: RunReader,
  table: ParquetTable,
): string[] {
  const date = manifest.timestamp.slice(0, "2024-01-15".length);
  // Characters with a meaning in the name of a partition.
  const id = run_id.replace(/[%=]/g, encodeURIComponent);
  return [table, `date=${date}`, `run_id=${id}`];
}

/** Runs of one id and day may come from several machines: a nonce is unique. */
function fileOf(run: RunReader, dir: string, table: ParquetTable): string {
  return join(
    dir,
    ...partsOf(run, table),
    `${run.manifest.nonce}.parquet`,
  );
}

/** Identifies the contents of a run: other contents have another text. */
async function sourceOf({ fs, path, summary }: RunReader): Promise<string> {
  if (summary) {
    const { completed_at, files } = summary;
    return JSON.stringify({ completed_at, files });
  }
  const bytes: (number | undefined)[] = [];
  for (const file of recordFiles(runPaths(path))) {
    bytes.push((await readGuard(file, () => fs.stat(file)))?.size);
  }
  return JSON.stringify({ bytes });
}

/** Whether each table has the run as it is: one may have been removed. */
async function allNameSource(
  fs: FileSystem,
  files: string[],
  source: string,
): Promise<boolean> {
  for (const file of files) {
    if (await readSource(fs, file) !== source) return false;
  }
  return true;
}

/** The source that a file of an export names; undefined where it is not there. */
async function readSource(
  fs: FileSystem,
  file: string,
): Promise<string | undefined> {
  const info = await readGuard(file, () => fs.stat(file));
  if (!info) return undefined;
  const { parquetMetadataAsync } = await import("hyparquet");
  return await readGuard(file, async () => {
    const handle = await fs.openRead(file);
    try {
      const { key_value_metadata } = await parquetMetadataAsync({
        byteLength: info.size,
        async slice(start, end = info.size) {
          const into = new Uint8Array(end - start);
          return (await readFully(handle, into, start)).slice().buffer;
        },
      });
      return key_value_metadata?.find(({ key }) => key === SOURCE_KEY)?.value;
    } finally {
      await handle.close();
    }
  });
}

/** Makes directories below `dir`, durably. */
async function makeDirs(
  fs: FileSystem,
  dir: string,
  parts: readonly string[],
  mode: number | undefined,
): Promise<void> {
  let above = dir;
  for (const part of parts) {
    const path = join(above, part);
    await fs.makeDir(path, mode).catch((error) => {
      if (systemCode(error) !== "EEXIST") throw error;
    });
    await fs.syncDir(above);
    above = path;
  }
}
