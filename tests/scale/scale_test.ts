/**
 * `docs/scale.md`: its SQL gives what the reader gives, in DuckDB, and in
 * ClickHouse where `npm run test:scale` has installed it.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import { exportParquet, type RunReader } from "../../mod.ts";
import { ANSWERS, readQuestions, recordRuns } from "../docs/questions.ts";
import { ONCE, ROOT } from "../support/runtimes.ts";

const questions = await readQuestions("scale.md");
const ENGINE = join(ROOT, "tests", "scale", "node_modules", "chdb");

let dir: string;
let runs: RunReader[];

before(async () => {
  if (ONCE.skip) return;
  dir = await mkdtemp(join(tmpdir(), "windtunnel-scale-"));
  runs = await recordRuns(join(dir, "runs"));
  for (const run of runs) await exportParquet(run, join(dir, "tables"));
});
after(() => dir && rm(dir, { recursive: true, force: true }));

const here = (sql: string) => sql.replaceAll("'tables/", `'${dir}/tables/`);

/** Big integers come as texts. */
const asNumbers = (rows: unknown[][], expected: unknown[][]) =>
  rows.map((row, i) =>
    row.map((value, k) =>
      typeof expected[i]?.[k] === "number" ? Number(value) : value
    )
  );

const asked = Object.keys(questions).filter((title) =>
  questions[title]!["sql duckdb"]?.startsWith("SELECT")
);

test("docs/scale.md asks what can be answered from tables", () => {
  const answered = Object.keys(ANSWERS).filter((title) =>
    title !== "Runs side by side" // Of manifests and summaries.
  );
  assert.deepEqual(asked.sort(), answered.sort());
});

for (const title of asked) {
  test(`DuckDB answers "${title}" from Parquet`, ONCE, async () => {
    const expected = await ANSWERS[title]!(runs);
    assert.ok(expected.length > 1);
    const database = await DuckDBInstance.create(":memory:");
    const connection = await database.connect();
    try {
      await connection.run(here(questions["DuckDB: views"]!["sql duckdb"]!));
      const reader = await connection.runAndReadAll(
        here(questions[title]!["sql duckdb"]!),
      );
      assert.deepEqual(
        asNumbers(reader.getRowsJson() as unknown[][], expected),
        expected,
      );
    } finally {
      connection.closeSync();
      database.closeSync();
    }
  });
}

test("ClickHouse answers the same, from tables and from files", {
  skip: ONCE.skip ||
    !existsSync(ENGINE) && "`npm run test:scale` installs ClickHouse",
}, async () => {
  const { Session } = await import(join(ENGINE, "index.mjs"));
  const session = new Session(join(dir, "clickhouse"));
  try {
    const ask = (sql: string): unknown[][] =>
      session.query(here(sql), "JSONCompactEachRow").trim().split("\n")
        .filter(Boolean).map((line: string) => JSON.parse(line));
    const fill = questions["ClickHouse: tables"]!["sql clickhouse"]!;
    for (const sql of fill.split(";\n").filter((sql) => sql.trim())) ask(sql);
    for (const title of asked) {
      const expected = await ANSWERS[title]!(runs);
      const sql = questions[title]!["sql clickhouse"]!;
      const inPlace = sql.replace(
        /\b(FROM|JOIN) (instances|steps|assertions)\b/g,
        "$1 file('tables/$2/*/*/*.parquet', Parquet) AS $2",
      );
      assert.notEqual(inPlace, sql);
      for (const question of [sql, inPlace]) {
        assert.deepEqual(
          asNumbers(ask(question), expected),
          expected,
          question,
        );
      }
    }
  } finally {
    session.cleanup();
  }
});
