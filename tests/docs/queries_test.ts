/** `docs/queries.md`: its SQL in DuckDB and its jq give what the reader gives. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import type { RunReader } from "../../mod.ts";
import { finish } from "../support/runtimes.ts";
import { ANSWERS, readQuestions, recordRuns, TORN_LINES } from "./questions.ts";

const questions = await readQuestions("queries.md");

let dir: string;
let runs: RunReader[];

before(async () => {
  dir = await mkdtemp(join(tmpdir(), "windtunnel-queries-"));
  runs = await recordRuns(join(dir, "runs"));
});
after(() => rm(dir, { recursive: true, force: true }));

test("a run of these is torn", async () => {
  const torn = runs.find(({ run_id }) => run_id === "run_0_torn")!;
  assert.equal((await Array.fromAsync(torn.instances())).length, 2);
  await Array.fromAsync(torn.steps());
  await Array.fromAsync(torn.assertions());
  assert.equal(torn.tornTails.length, TORN_LINES.length);
});

test("docs/queries.md asks what is answered here", () => {
  const asked = Object.keys(questions).filter((title) => questions[title]!.sh);
  assert.deepEqual(asked.sort(), Object.keys(ANSWERS).sort());
});

async function runSql(title: string): Promise<unknown[][]> {
  const database = await DuckDBInstance.create(":memory:");
  const connection = await database.connect();
  try {
    const here = (sql: string) => sql.replaceAll("'runs/", `'${dir}/runs/`);
    await connection.run(here(questions["Views to start from"]!.sql!));
    const reader = await connection.runAndReadAll(here(questions[title]!.sql!));
    const columns = reader.columnTypes().map((type) =>
      type.alias ?? String(type)
    );
    return reader.getRowsJson().map((row) =>
      row.map((value, i) =>
        value === null
          ? null
          : columns[i] === "BIGINT"
          ? Number(value)
          : columns[i] === "JSON"
          ? JSON.parse(value as string)
          : value
      )
    );
  } finally {
    connection.closeSync();
    database.closeSync();
  }
}

async function runJq(title: string): Promise<unknown[][]> {
  const { code, stdout, stderr } = await finish(
    "sh",
    ["-c", questions[title]!.sh!],
    dir,
  );
  assert.equal(stderr, "");
  assert.equal(code, 0);
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}

const jq = await finish("jq", ["--version"])
  .then(({ code }) => code === 0, () => false);

for (const [title, answer] of Object.entries(ANSWERS)) {
  test(`DuckDB answers "${title}"`, async () => {
    const expected = await answer(runs);
    assert.ok(expected.length > 1);
    assert.deepEqual(await runSql(title), expected);
  });

  test(`jq answers "${title}"`, {
    skip: jq ? false : "there is no jq here",
  }, async () => assert.deepEqual(await runJq(title), await answer(runs)));
}
