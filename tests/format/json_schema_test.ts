/** JSON Schema against the schemas it is made from, by a validator of its own. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as v from "valibot";
import {
  AssertionRecordSchema,
  InstanceRecordSchema,
  type Manifest,
  ManifestSchema,
  StartRecordSchema,
  StepRecordSchema,
  type Summary,
  SummarySchema,
} from "../../mod.ts";
import {
  jsonSchema,
  RECORD_FILES,
  type RecordFile,
} from "../../src/format/json_schema.ts";
import { FILES } from "../../src/format/layout.ts";
import { runDemo } from "../demo/demo.ts";
import { SAFE, UNSAFE } from "../support/name_samples.ts";
import * as samples from "../support/samples.ts";
import { withTempDir } from "../support/temp_dir.ts";

const manifest: Manifest = {
  format_version: 1,
  run_id: "run_1",
  nonce: "0af7651916cd43dd8448eb211c80319c",
  timestamp: "2024-01-15T10:30:00.000Z",
  sut_name: "ecommerce",
  scenario_ids: ["checkout"],
  seed: 42,
  config: { nested: [{ a: 1 }] },
  durability: "instance",
  shard: { index: 1, count: 2 },
  merged_from: ["run_0"],
  created_by: "by hand",
};
const counts = {
  total_instances: 1,
  pass_count: 1,
  fail_count: 0,
  skip_count: 0,
  error_count: 0,
  flaky_count: 0,
};
const sketch = {
  relative_error: 0.01,
  zero_count: 0,
  buckets: { "127": 1 },
};
const scenario = { ...counts, latency_sketch: sketch };
const seal = { bytes: 10, lines: 1, sha256: "0af7".repeat(16) };
const summary: Summary = {
  run_id: "run_1",
  status: "completed",
  completed_at: "2024-01-15T10:30:02.000Z",
  duration_ms: 2000,
  ...counts,
  incomplete_count: 0,
  pass_rate: 100,
  total_steps: 1,
  failed_steps: 0,
  total_assertions: 1,
  assertions_passed: 0,
  assertions_failed: 1,
  p50_latency_ms: 12.5,
  p95_latency_ms: 12.5,
  p99_latency_ms: null,
  latency_sketch: sketch,
  scenarios: { checkout: scenario },
  files: {
    "manifest.json": seal,
    "instances.jsonl": seal,
    "steps.jsonl": seal,
    "assertions.jsonl": seal,
    "started.jsonl": null,
    artifacts: { files: 1, bytes: 10, sha256: seal.sha256 },
  },
};
const GOOD: Record<RecordFile, object> = {
  manifest,
  started: samples.start,
  instances: samples.instance,
  steps: samples.step,
  assertions: samples.assertion,
  summary,
};
const SCHEMAS: Record<RecordFile, v.GenericSchema> = {
  manifest: ManifestSchema,
  started: StartRecordSchema,
  instances: InstanceRecordSchema,
  steps: StepRecordSchema,
  assertions: AssertionRecordSchema,
  summary: SummarySchema,
};

/** Values that at least one field of the format refuses, and good ones. */
const VALUES: unknown[] = [
  ...[null, true, false, 0, 1, -1, 0.5, 1e300, 2 ** 53, 101, "", "x", [], {}],
  ...[[1], [""], ["a"], { a: 1 }, { a: null }, { ok: 1 }, { errors: {} }],
  ...[{ ok: true }, { latency_ms: -1 }, { latency_ms: null }, { headers: [] }],
  ...[{ status_code: "201" }, { body: [[]], more: 1 }, { headers: { a: "b" } }],
  ...["2024-01-15T10:30:00.000Z", "2024-01-15T10:30:00Z", "2024-13-15"],
  ...["2024-01-15T10:30:00.000+01:00", "2024-01-15T24:30:00.000Z"],
  ...["instance", "os", "completed", "running"],
  ...[{ checkout: scenario }, { checkout: { ...scenario, pass_count: -1 } }],
  ...[{ checkout: { ...scenario, more: 1 } }, { checkout: counts }, ...SAFE],
  { checkout: {} },
  // What JSON Schema cannot say: bytes, and halves of a letter.
  ...UNSAFE.filter((name) => !/^é+$|\p{Surrogate}/u.test(name)),
];

for (const file of RECORD_FILES) {
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true })
    .compile(jsonSchema(file));
  const good = GOOD[file] as Record<string, unknown>;

  test(`jsonSchema() of ${file} accepts a good record`, () => {
    assert.ok(validate(good), JSON.stringify(validate.errors));
    assert.equal(v.is(SCHEMAS[file], good), true);
  });

  test(`jsonSchema() of ${file} answers as the schema does for every field`, () => {
    let refused = 0;
    for (const field of Object.keys(good)) {
      for (const value of VALUES) {
        const record = { ...good, [field]: value };
        const expected = v.is(SCHEMAS[file], record);
        const shown = `${field}: ${JSON.stringify(value)}`;
        assert.equal(validate(record), expected, shown);
        if (!expected) refused++;
      }
      const { [field]: _, ...without } = good;
      assert.equal(validate(without), false, `without ${field}`);
    }
    assert.equal(validate({ ...good, more: 1 }), false);
    assert.ok(refused > 100, `${refused} were refused`);
  });
}

test("jsonSchema() accepts every record of the demo", () =>
  withTempDir(async (dir) => {
    const { path } = await runDemo({
      seed: 42,
      instances: 20,
      concurrency: 5,
      dir,
    });
    const files = await readdir(path);
    for (const file of RECORD_FILES) {
      if (file === "started") continue; // A run that ended well has none.
      assert.ok(files.includes(FILES[file]), file);
      const validate = new Ajv2020().compile(jsonSchema(file));
      const text = await readFile(join(path, FILES[file]), "utf8");
      const records = FILES[file].endsWith("l")
        ? text.trimEnd().split("\n")
        : [text];
      assert.ok(records.length === 1 || records.length >= 20);
      for (const record of records) {
        assert.ok(validate(JSON.parse(record)), `${file}: ${record}`);
      }
    }
  }));
