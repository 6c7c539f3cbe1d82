/** Tables in Parquet, read by DuckDB: every field of every record is in them. */
import assert from "node:assert/strict";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import {
  type AssertionRecord,
  exportParquet,
  type FileSystem,
  type InstanceRecord,
  type Observation,
  openRun,
  resumeRun,
  type RunReader,
  type StepRecord,
} from "../../mod.ts";
import { runtimeFileSystem } from "../../src/adapters/runtime.ts";
import { aRun, recordInstance, recordRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** Rows of a query, with values as DuckDB gives them as JSON. */
async function query(sql: string): Promise<Record<string, unknown>[]> {
  const database = await DuckDBInstance.create();
  const connection = await database.connect();
  try {
    const reader = await connection.runAndReadAll(sql);
    return reader.getRowObjectsJson() as Record<string, unknown>[];
  } finally {
    connection.closeSync();
    database.closeSync();
  }
}

const rowsOf = (tables: string, table: string) =>
  query(`SELECT * REPLACE (run_id AS run_id) FROM
    read_parquet('${tables}/${table}/**/*.parquet', hive_partitioning = false)
    ORDER BY run_id, instance_id, correlation_id, ${
    table === "instances" ? "scenario_id" : "step_index, timestamp"
  }`);

const sqlTime = (time: string) => time.replace("T", " ").replace("Z", "");
const json = (text: unknown) => text === null ? null : JSON.parse(`${text}`);

/** A timestamp as DuckDB writes it may lack zeros at its end. */
const time = (text: unknown) =>
  sqlTime(new Date(`${text}Z`.replace(" ", "T")).toISOString());

/** The record that a row of a table says. */
const RECORD_OF: Record<
  string,
  (row: Record<string, unknown>) => Record<string, unknown>
> = {
  instances: (row) => ({
    ...row,
    started_at: time(row.started_at),
    completed_at: time(row.completed_at),
    entry_data: json(row.entry_data),
    error: json(row.error),
  }),
  steps({ ok, status_code, latency_ms, ...row }) {
    const typed = { ok, status_code, latency_ms };
    return {
      ...row,
      step_index: Number(row.step_index),
      timestamp: time(row.timestamp),
      observation: {
        ...Object.fromEntries(
          Object.entries(typed).filter(([, value]) => value !== null),
        ),
        ...(status_code !== null && { status_code: Number(status_code) }),
        ...json(row.observation),
      },
      request: json(row.request),
      response: json(row.response),
    };
  },
  assertions: (row) => ({
    ...row,
    step_index: row.step_index === null ? null : Number(row.step_index),
    expected: json(row.expected),
    actual: json(row.actual),
    timestamp: time(row.timestamp),
  }),
};

/** A column cannot tell null from a field that is not there. */
function withoutNull({ latency_ms, status_code, ...rest }: Observation) {
  return {
    ...rest,
    ...(latency_ms != null && { latency_ms }),
    ...(status_code != null && { status_code }),
  };
}

async function assertSame(tables: string, run: RunReader): Promise<void> {
  const at = ({ instance_id, correlation_id, step_index, timestamp }: {
    instance_id: string;
    correlation_id: string;
    step_index?: number | null;
    timestamp?: string;
  }) =>
    [
      instance_id,
      correlation_id,
      String(step_index ?? "~").padStart(9),
      timestamp,
    ]
      .join();
  const recorded = {
    instances: await Array.fromAsync(run.instances(), (r: InstanceRecord) => ({
      ...r,
      started_at: sqlTime(r.started_at),
      completed_at: sqlTime(r.completed_at),
    })),
    steps: await Array.fromAsync(run.steps(), (r: StepRecord) => ({
      ...r,
      ...(r.observation.hits === 3
        ? MESSAGES
        : { request: null, response: null }),
      timestamp: sqlTime(r.timestamp),
      observation: withoutNull(r.observation),
    })),
    assertions: await Array.fromAsync(
      run.assertions(),
      (r: AssertionRecord) => ({ ...r, timestamp: sqlTime(r.timestamp) }),
    ),
  };
  for (const [table, records] of Object.entries(recorded)) {
    const rows = (await rowsOf(tables, table)).map(RECORD_OF[table]!);
    const sorted = (all: unknown[]) =>
      all.map((record) => JSON.parse(JSON.stringify(record)))
        .sort((a, b) => at(a) < at(b) ? -1 : 1);
    assert.deepEqual(sorted(rows), sorted(records), table);
  }
}

const MESSAGES = { request: { url: "/ä", body: null }, response: [null, "x"] };

/** A run with whatever a record may hold. */
const record = (
  dir: string,
  run_id = "run_1",
  requests: "files" | "inline" = "files",
) =>
  recordRun(dir, [
    {
      scenario_id: "checkout",
      instance_key: "é 🛒 'key'",
      entry_data: { user: 7, big: 2n ** 70n, when: new Date(0) },
      steps: [
        { observation: { ok: true, status_code: 201, latency_ms: 12.5 } },
        {
          observation: {
            ok: false,
            status_code: 200.5,
            latency_ms: null,
            body: { a: [1, null, "zwei"], text: '"\n\u2028\\' },
            errors: [new Error("refused")],
          },
        },
        { observation: { hits: 3 }, ...MESSAGES },
        { observation: {}, request: null },
      ],
      assertions: [
        { assertion_name: "total", passed: false, expected: 1, actual: null },
        { assertion_name: "text", expected: "x", actual: { y: [NaN] } },
      ],
    },
    { scenario_id: "refund", completion: { error: new Error("lost") } },
    { completion: false },
  ], { run_id, requests });

test("exportParquet() writes what the reader gives, for DuckDB to read", () =>
  withTempDir(async (dir) => {
    const run = await openRun(await record(dir));
    const tables = join(dir, "tables");
    const { unchanged, rows, files } = await exportParquet(run, tables);
    assert.equal(unchanged, false);
    assert.deepEqual(rows, { instances: 2, steps: 4, assertions: 2 });
    const date = run.manifest.timestamp.slice(0, 10);
    assert.equal(
      files.steps,
      join(
        tables,
        "steps",
        `date=${date}`,
        "run_id=run_1",
        `${run.manifest.nonce}.parquet`,
      ),
    );
    await assertSame(tables, run);
    const types = await query(
      `SELECT column_name, column_type FROM (DESCRIBE FROM
        read_parquet('${tables}/steps/**/*.parquet', hive_partitioning = true))`,
    );
    assert.deepEqual(
      Object.fromEntries(
        types.map((row) => [row.column_name, row.column_type]),
      ),
      {
        instance_id: "VARCHAR",
        run_id: "VARCHAR",
        correlation_id: "VARCHAR",
        step_index: "BIGINT",
        step_name: "VARCHAR",
        step_type: "VARCHAR",
        span_id: "VARCHAR",
        timestamp: "TIMESTAMP",
        ok: "BOOLEAN",
        status_code: "BIGINT",
        latency_ms: "DOUBLE",
        observation: "VARCHAR",
        artifacts: "VARCHAR[]",
        request: "VARCHAR",
        response: "VARCHAR",
        date: "DATE",
      },
    );
  }));

test("exportParquet() gives requests from lines and from files alike", () =>
  withTempDir(async (dir) => {
    const tables = join(dir, "tables");
    const run = await openRun(await record(dir, "run_2", "inline"));
    await exportParquet(run, tables);
    await assertSame(tables, run);
  }));

test("exportParquet() skips a run that has not changed, and replaces one that has", () =>
  withTempDir(async (dir) => {
    const tables = join(dir, "tables");
    const interrupted = await aRun(dir);
    await recordInstance(interrupted, { steps: [{ observation: {} }] });
    await interrupted[Symbol.asyncDispose]();
    const { path } = interrupted;
    const first = await exportParquet(await openRun(path), tables);
    const before = await stat(first.files.instances);
    const again = await exportParquet(await openRun(path), tables);
    assert.deepEqual(again, {
      unchanged: true,
      files: first.files,
      rows: { instances: 0, steps: 0, assertions: 0 },
    });
    assert.equal((await stat(first.files.instances)).mtimeMs, before.mtimeMs);

    await rm(first.files.steps);
    const mended = await exportParquet(await openRun(path), tables);
    assert.equal(mended.unchanged, false);
    await assertSame(tables, await openRun(path));

    const run = await resumeRun(path);
    await recordInstance(run);
    await run.finalize();
    const resumed = await openRun(path);
    const replaced = await exportParquet(resumed, tables);
    assert.equal(replaced.unchanged, false);
    assert.deepEqual(replaced.files, first.files);
    await assertSame(tables, resumed);
  }));

test("runs of one id, names with signs, empty and torn runs are all there", () =>
  withTempDir(async (dir) => {
    const tables = join(dir, "tables");
    const paths = [
      await record(join(dir, "a")),
      await record(join(dir, "b")),
      await record(dir, "run %= é"),
      await recordRun(dir, [], { run_id: "empty" }),
    ];
    const torn = await aRun(dir, { run_id: "torn" });
    await recordInstance(torn, { steps: [{ observation: { ok: true } }] });
    await torn.finalize();
    const steps = join(torn.path, "steps.jsonl");
    await writeFile(steps, (await readFile(steps, "utf8")) + '{"instance_id":');
    paths.push(torn.path);
    for (const path of paths) await exportParquet(await openRun(path), tables);
    assert.deepEqual(
      await query(
        `SELECT run_id, count(*)::INTEGER AS n FROM
          read_parquet('${tables}/steps/**/*.parquet', hive_partitioning = true)
          GROUP BY run_id ORDER BY run_id`,
      ),
      [
        { run_id: "run %= é", n: 4 },
        { run_id: "run_1", n: 8 },
        { run_id: "torn", n: 1 },
      ],
    );
    const names = await readdir(join(tables, "instances"), { recursive: true });
    assert.equal(
      names.filter((name) => name.endsWith(".parquet")).length,
      paths.length,
    );
  }));

test("a damaged line stops the export, and leaves no table with half of a run", () =>
  withTempDir(async (dir) => {
    const path = await record(dir);
    const file = join(path, "assertions.jsonl");
    await writeFile(file, `{"bad":1}\n${await readFile(file, "utf8")}`);
    const tables = join(dir, "tables");
    await assert.rejects(
      async () => await exportParquet(await openRun(path), tables),
      { code: "CORRUPT_LINE", line: 1 },
    );
    const names = await readdir(tables, { recursive: true });
    assert.deepEqual(
      names.filter((name) => /instances|assertions.*\.parquet$/.test(name)),
      [],
    );
  }));

test(
  "tables may be read by those who may read the run",
  { skip: process.platform === "win32" && "Windows has no such permissions" },
  () =>
    withTempDir(async (dir) => {
      const path = await recordRun(dir, [{}], { mode: 0o600 });
      const { files } = await exportParquet(
        await openRun(path),
        join(dir, "tables"),
      );
      for (const file of Object.values(files)) {
        assert.equal((await stat(file)).mode & 0o777, 0o600, file);
        assert.equal((await stat(join(file, ".."))).mode & 0o777, 0o700);
      }
    }),
);

test("a file that is not durable has no name in a table yet", () =>
  withTempDir(async (dir) => {
    const fs = await runtimeFileSystem();
    const synced = new Set<string>();
    const watching: FileSystem = {
      ...fs,
      async open(path, mode, permissions) {
        const handle = await fs.open(path, mode, permissions);
        const sync = handle.sync.bind(handle);
        handle.sync = async () => {
          await sync();
          synced.add(path);
        };
        return handle;
      },
      async rename(from, to) {
        assert.ok(synced.has(from), from);
        await fs.rename(from, to);
      },
    };
    const run = await openRun(await record(dir), { fs: watching });
    await exportParquet(run, join(dir, "tables"));
    assert.equal(synced.size, 3);
  }));
