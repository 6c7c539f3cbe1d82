/** `docs/format.md`: what it says is so, and who keeps to it writes a valid run. */
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { openRun, verifyRun } from "../../mod.ts";
import { correlate } from "../../src/format/correlation.ts";
import { jsonSchema, RECORD_FILES } from "../../src/format/json_schema.ts";
import { runtimeFileSystem } from "../../src/adapters/runtime.ts";
import { FILES, runPaths } from "../../src/format/layout.ts";
import { sealRun } from "../../src/seal/mod.ts";
import { finish, ROOT } from "../support/runtimes.ts";
import * as samples from "../support/samples.ts";
import { withTempDir } from "../support/temp_dir.ts";

const page = await readFile(join(ROOT, "docs", "format.md"), "utf8");

/** The first column of the tables between two lines of the page. */
function fieldsBetween(start: string, end: string): string[] {
  const from = page.indexOf(`\n${start}\n`);
  assert.notEqual(from, -1, start);
  const text = page.slice(from, page.indexOf(`\n${end}`, from + 1));
  return [...text.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name!);
}

for (const file of RECORD_FILES) {
  test(`docs/format.md has the fields of ${FILES[file]} in their order`, () => {
    const end = file === "steps" ? "All of an observation" : "## ";
    assert.deepEqual(
      fieldsBetween(`## ${FILES[file]}`, end),
      Object.keys(jsonSchema(file).properties as object),
    );
  });
}

test("docs/format.md has the fields of an observation", () => {
  const { observation } = jsonSchema("steps").properties as Record<
    string,
    { properties: object }
  >;
  assert.deepEqual(
    fieldsBetween(
      "All of an observation is optional, and what is not listed here is kept as it is.",
      "## ",
    ),
    Object.keys(observation!.properties),
  );
});

/** What a reader that knows only the format finds right with a run. */
async function assertValid(path: string): Promise<void> {
  for (const file of RECORD_FILES) {
    if (file === "started") continue; // Everything completed.
    const validate = new Ajv2020().compile(jsonSchema(file));
    const text = await readFile(join(path, FILES[file]), "utf8");
    assert.ok(text.endsWith("\n"));
    const records = FILES[file].endsWith("l")
      ? text.slice(0, -1).split("\n")
      : [text];
    for (const record of records) {
      assert.ok(
        validate(JSON.parse(record)),
        `${record}: ${JSON.stringify(validate.errors)}`,
      );
    }
  }
  const { ok, problems } = await verifyRun(path);
  assert.deepEqual(problems, []);
  assert.ok(ok);
  const run = await openRun(path);
  assert.equal(run.state, "completed");
  for await (const { artifacts, instance_id } of run.steps()) {
    const trace = await run.instance(instance_id);
    const found = trace.artifacts.map(({ path }) => path);
    for (const artifact of artifacts) assert.ok(found.includes(artifact));
  }
}

test("a run that was written by hand is a run", () =>
  withTempDir(async (dir) => {
    const path = join(dir, "run_1");
    const { instance, step, assertion } = samples;
    const line = (record: unknown) => JSON.stringify(record) + "\n";
    const artifact = "artifacts/inst_001/step_001_request.json";
    await mkdir(join(path, "artifacts", "inst_001"), { recursive: true });
    await writeFile(
      join(path, "manifest.json"),
      line({
        format_version: 1,
        run_id: "run_1",
        nonce: "4bf92f3577b34da6a3ce929d0e0e4736",
        timestamp: "2024-01-15T10:30:00.000Z",
        sut_name: "ecommerce",
        scenario_ids: ["checkout", "refund"],
        seed: null,
        config: {},
        durability: "os",
        shard: null,
        merged_from: [],
        created_by: "by hand",
      }),
    );
    await writeFile(join(path, artifact), line({ method: "POST" }));
    await writeFile(
      join(path, "steps.jsonl"),
      line({ ...step, artifacts: [artifact] }),
    );
    await writeFile(join(path, "assertions.jsonl"), line(assertion));
    await writeFile(
      join(path, "instances.jsonl"),
      line({ ...instance, passed: false }),
    );
    const counts = {
      total_instances: 1,
      pass_count: 0,
      fail_count: 1,
      skip_count: 0,
      error_count: 0,
      flaky_count: 0,
    };
    const latency_sketch = {
      relative_error: 0.01,
      zero_count: 0,
      buckets: { "127": 1 },
    };
    const none = {
      total_instances: 0,
      pass_count: 0,
      fail_count: 0,
      skip_count: 0,
      error_count: 0,
      flaky_count: 0,
    };
    await writeFile(
      join(path, "summary.json"),
      line({
        run_id: "run_1",
        status: "completed",
        completed_at: "2024-01-15T10:30:02.000Z",
        duration_ms: 2000,
        ...counts,
        incomplete_count: 0,
        pass_rate: 0,
        total_steps: 1,
        failed_steps: 0,
        total_assertions: 1,
        assertions_passed: 0,
        assertions_failed: 1,
        p50_latency_ms: 12.5,
        p95_latency_ms: 12.5,
        p99_latency_ms: 12.5,
        latency_sketch,
        scenarios: {
          checkout: { ...counts, latency_sketch },
          refund: {
            ...none,
            latency_sketch: { ...latency_sketch, buckets: {} },
          },
        },
        files: await sealRun(await runtimeFileSystem(), runPaths(path)),
      }),
    );
    await assertValid(path);
    const run = await openRun(path);
    const trace = await run.instance("inst_001");
    assert.deepEqual(trace.instance, { ...instance, passed: false });
    assert.deepEqual(trace.steps, [{ ...step, artifacts: [artifact] }]);
    assert.deepEqual(trace.assertions, [assertion]);
    assert.deepEqual(await trace.artifacts[0]!.json(), { method: "POST" });
  }));

const python = await finish("python3", ["--version"])
  .then(({ code }) => code === 0, () => false);

test("the run of docs/write_run.py is a run", {
  skip: python ? false : "there is no python3 here",
}, () =>
  withTempDir(async (dir) => {
    const { code, stderr } = await finish("python3", [
      join(ROOT, "docs", "write_run.py"),
      dir,
      "run_1",
    ]);
    assert.equal(stderr, "");
    assert.equal(code, 0);
    const path = join(dir, "run_1");
    await assertValid(path);
    const run = await openRun(path);
    assert.equal(run.summary?.fail_count, 1);
    const trace = await run.instance("inst_002");
    assert.equal(trace.steps[0]?.observation.status_code, 500);
    assert.equal(
      (trace.steps[0]?.observation.body as { text: string }).text,
      "zwölf\nLinien",
    );
    assert.equal(
      trace.instance?.correlation_id,
      correlate(run.manifest.nonce, "inst_002", 1).correlation_id,
    );
  }));
