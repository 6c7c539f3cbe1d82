import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  openRun,
  recoverRun,
  resumeRun,
  type VerificationCode,
  verifyRun,
} from "../../mod.ts";
import { instance, step } from "../support/samples.ts";
import { withSampleRun } from "../support/sample_run.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** Changes the lines of a file, as parsed. */
async function change(
  path: string,
  name: string,
  edit: (records: Record<string, unknown>[]) => void,
): Promise<void> {
  const file = join(path, name);
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  const records = lines.map((line) => JSON.parse(line));
  edit(records);
  const text = records.map((record) => JSON.stringify(record) + "\n");
  await writeFile(file, text.join(""));
}

async function changeJson(
  path: string,
  name: string,
  edit: (value: Record<string, unknown>) => void,
): Promise<void> {
  const file = join(path, name);
  const value = JSON.parse(await readFile(file, "utf8"));
  edit(value);
  await writeFile(file, JSON.stringify(value, null, 2) + "\n");
}

test("verifyRun() finds nothing in a good run, and counts what it holds", () =>
  withSampleRun(async (path) => {
    assert.deepEqual(await verifyRun(path), {
      ok: true,
      run_id: "run_1",
      state: "completed",
      counts: {
        instances: 3,
        instancesInFlight: 0,
        steps: 6,
        assertions: 3,
        artifacts: 6,
        emptyArtifacts: 0,
      },
      seal: createHash("sha256").update(
        await readFile(join(path, "summary.json")),
      ).digest("hex"),
      problemCount: 0,
      problems: [],
    });
  }));

/** Every kind of damage, and the only problems to report. */
const DAMAGES: [
  what: string,
  damage: (path: string) => Promise<void>,
  codes: VerificationCode[],
][] = [
  [
    "a lost summary",
    (path) => rm(join(path, "summary.json")),
    ["NOT_FINALIZED"],
  ],
  [
    "an empty summary",
    (path) => writeFile(join(path, "summary.json"), ""),
    ["CORRUPT_FILE"],
  ],
  [
    "an empty manifest",
    (path) => writeFile(join(path, "manifest.json"), ""),
    ["CORRUPT_FILE"],
  ],
  [
    "a lost file",
    (path) => rm(join(path, "assertions.jsonl")),
    ["CORRUPT_FILE", ...Array(3).fill("SUMMARY_MISMATCH")],
  ],
  [
    "a lost directory of artifacts",
    (path) => rm(join(path, "artifacts"), { recursive: true }),
    Array(6).fill("ARTIFACT_MISSING"),
  ],
  [
    "a torn tail",
    (path) => appendFile(join(path, "steps.jsonl"), '{"inst'),
    ["TORN_TAIL"],
  ],
  [
    "two bad lines",
    (path) => appendFile(join(path, "steps.jsonl"), "bad\n\n"),
    ["CORRUPT_LINE", "CORRUPT_LINE"],
  ],
  [
    "a field of the wrong kind",
    (path) =>
      change(path, "instances.jsonl", ([first]) => first!.duration_ms = -1),
    // What does not fit is not counted.
    ["INVALID_RECORD", ...Array(6).fill("SUMMARY_MISMATCH")],
  ],
  [
    "a line of another run",
    (path) =>
      change(path, "assertions.jsonl", ([first]) => first!.run_id = "run_2"),
    ["RUN_ID_MISMATCH"],
  ],
  [
    "a summary of another run",
    (path) => changeJson(path, "summary.json", (it) => it.run_id = "run_2"),
    ["RUN_ID_MISMATCH"],
  ],
  [
    "a line of an instance that is there twice",
    async (path) => {
      await change(path, "instances.jsonl", (all) => all[1] = all[0]!);
      await changeJson(path, "summary.json", (it) => {
        Object.assign(it, { pass_count: 3, fail_count: 0, pass_rate: 100 });
        const [scenario] = Object.values(it.scenarios as object);
        Object.assign(scenario, { pass_count: 3, fail_count: 0 });
      });
    },
    // The steps of the instance that has no line are of no scenario.
    ["INSTANCE_REPEATED", "SUMMARY_MISMATCH"],
  ],
  [
    "another correlation id",
    (path) =>
      change(path, "steps.jsonl", (all) => {
        all[0]!.correlation_id = "0af7651916cd43dd8448eb211c80319c";
        all[1]!.correlation_id = "0af7651916cd43dd8448eb211c80319c";
      }),
    [
      "STEP_UNKNOWN",
      "CORRELATION_ID_MISMATCH",
      // The files of another attempt would stand elsewhere.
      ...Array(2).fill("ARTIFACT_MISSING"),
      ...Array(2).fill("UNKNOWN_ENTRY"),
    ],
  ],
  [
    "a lost step before others",
    async (path) => {
      await change(path, "steps.jsonl", (all) => all.shift());
      await changeJson(path, "summary.json", (it) => it.total_steps = 5);
    },
    ["STEP_MISSING", "STEP_UNKNOWN", ...Array(2).fill("SUMMARY_MISMATCH")],
  ],
  [
    "a lost step that was judged",
    async (path) => {
      await change(path, "steps.jsonl", (all) => all.pop());
      await changeJson(path, "summary.json", (it) => it.total_steps = 5);
    },
    [
      "STEP_UNKNOWN",
      ...Array(2).fill("SUMMARY_MISMATCH"),
      "UNKNOWN_ENTRY",
    ],
  ],
  [
    "a lost step",
    (path) => change(path, "steps.jsonl", (all) => all.pop()),
    [
      "STEP_UNKNOWN",
      ...Array(3).fill("SUMMARY_MISMATCH"),
      "UNKNOWN_ENTRY",
    ],
  ],
  [
    "a repeated step",
    async (path) => {
      await change(path, "steps.jsonl", (all) => all.push(all[2]!));
      await changeJson(path, "summary.json", (it) => it.total_steps = 7);
    },
    ["STEP_REPEATED", ...Array(2).fill("SUMMARY_MISMATCH")],
  ],
  [
    "a total that is not so",
    (path) => changeJson(path, "summary.json", (it) => it.pass_rate = 100),
    ["SUMMARY_MISMATCH"],
  ],
  [
    "a total of a scenario that is not so",
    (path) =>
      changeJson(path, "summary.json", (it) => {
        it.scenarios = { ...it.scenarios as object, x: scenarioOfOne };
      }),
    ["SUMMARY_MISMATCH"],
  ],
  [
    "a lost artifact",
    (path) => rm(join(path, "artifacts/inst_002/step_001_request.json")),
    ["ARTIFACT_MISSING"],
  ],
  [
    "an artifact that a power loss emptied",
    (path) =>
      writeFile(join(path, "artifacts/inst_002/step_001_request.json"), ""),
    ["ARTIFACT_BROKEN"],
  ],
  [
    "an artifact that a power loss left in zeros",
    (path) =>
      writeFile(
        join(path, "artifacts/inst_002/step_001_request.json"),
        new Uint8Array(100),
      ),
    ["ARTIFACT_BROKEN"],
  ],
  [
    "an artifact of another instance",
    (path) =>
      change(path, "steps.jsonl", ([first]) => {
        first!.artifacts = ["artifacts/inst_002/step_001_request.json"];
      }),
    ["ARTIFACT_MISSING"],
  ],
  [
    "a path out of the run",
    (path) =>
      change(path, "steps.jsonl", ([first]) => {
        first!.artifacts = ["artifacts/inst_001/../../manifest.json"];
      }),
    ["ARTIFACT_MISSING"],
  ],
  [
    "the file of a step that there is not",
    (path) =>
      writeFile(join(path, "artifacts/inst_001/step_044_response.json"), "1"),
    ["UNKNOWN_ENTRY"],
  ],
  [
    "a file in the place of the artifacts",
    async (path) => {
      await rm(join(path, "artifacts"), { recursive: true });
      await writeFile(join(path, "artifacts"), "");
    },
    ["CORRUPT_FILE", ...Array(6).fill("ARTIFACT_MISSING")],
  ],
  [
    "a directory in the place of a file",
    async (path) => {
      await rm(join(path, "assertions.jsonl"));
      await mkdir(join(path, "assertions.jsonl"));
    },
    ["CORRUPT_FILE", ...Array(3).fill("SUMMARY_MISMATCH")],
  ],
  [
    "names of directories with numbers out of all reason",
    async (path) => {
      await rm(join(path, "artifacts/inst_002/step_001_request.json"));
      await mkdir(join(path, "artifacts", `inst_002~${"9".repeat(30)}`));
    },
    ["ARTIFACT_MISSING"],
  ],
  [
    "a scenario that the summary does not know",
    async (path) => {
      await change(path, "instances.jsonl", ([first]) => {
        first!.scenario_id = "refund";
      });
    },
    Array(4).fill("SUMMARY_MISMATCH"),
  ],
  [
    "a line with a million values of the wrong kind",
    (path) =>
      change(path, "steps.jsonl", ([first]) => {
        first!.artifacts = Array(1_000_000).fill(1);
      }),
    [
      "INVALID_RECORD",
      "STEP_MISSING",
      "STEP_UNKNOWN",
      // The count, and the latency of both sketches.
      ...Array(3).fill("SUMMARY_MISMATCH"),
    ],
  ],
  [
    "strange files",
    async (path) => {
      await writeFile(join(path, "notes.txt"), "");
      await writeFile(join(path, "summary.json.tmp"), "");
      await writeFile(join(path, "writer-00.lock"), "");
      // An empty lock counts as held as long as its heartbeat is fresh.
      await utimes(join(path, "writer-00.lock"), 0, 0);
      await writeFile(join(path, "artifacts", "notes.txt"), "");
      await mkdir(join(path, "artifacts", "inst_001", "more"));
    },
    Array(5).fill("UNKNOWN_ENTRY"),
  ],
];

const scenarioOfOne = {
  total_instances: 0,
  pass_count: 1,
  fail_count: 0,
  error_count: 0,
  skip_count: 0,
  flaky_count: 0,
  latency_sketch: { relative_error: 0.01, zero_count: 0, buckets: {} },
};

for (const [what, damage, codes] of DAMAGES) {
  test(`verifyRun() reports ${what}, and nothing else`, () =>
    withSampleRun(async (path) => {
      await damage(path);
      const names = await readdir(path);
      const { ok, problems, problemCount } = await verifyRun(path);
      assert.equal(ok, false);
      // What was changed is another than what was sealed, too: see the seal's test.
      const others = problems.filter(({ code }) => code !== "SEAL_BROKEN");
      assert.deepEqual(others.map(({ code }) => code).sort(), codes.sort());
      const broken = problems.length - others.length;
      assert.equal(problemCount, codes.length + broken);
      for (const { file, message } of problems) {
        assert.ok(file.startsWith(path), message);
      }
      assert.deepEqual(await readdir(path), names);
    }));
}

test("verifyRun() finds the lost files of an attempt that completed", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const first = run.startInstance({ scenario_id: "checkout" });
    await first.step({ step_name: "pay", step_type: "http", request: 1 });
    await run[Symbol.asyncDispose]();
    const again = await resumeRun(run.path);
    const { instance_id } = first;
    const second = again.startInstance({
      scenario_id: "checkout",
      instance_id,
    });
    await second.step({ step_name: "pay", step_type: "http", request: 2 });
    await second.complete();
    await again.finalize();
    assert.equal((await verifyRun(run.path)).ok, true);
    for (const name of [instance_id, `${instance_id}~1`]) {
      const place = join(run.path, "artifacts", name);
      const kept = join(dir, "kept");
      await rename(place, kept);
      const { problems } = await verifyRun(run.path);
      assert.deepEqual(problems.map(({ code }) => code), [
        "ARTIFACT_MISSING",
        "SEAL_BROKEN",
      ]);
      await rename(kept, place);
    }
  }));

test("verifyRun() accepts correlation ids that the runner chose", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    await run.appendStep(step);
    await run[Symbol.asyncDispose]();
    const again = await resumeRun(run.path);
    const correlation_id = "f".repeat(32);
    await again.appendStep({ ...step, correlation_id });
    await again.appendInstance({ ...instance, correlation_id });
    await again.finalize();
    assert.deepEqual((await verifyRun(run.path)).problems, []);
    const trace = await (await openRun(run.path)).instance("inst_001");
    assert.equal(trace.steps.length, 1);
    assert.equal(trace.abandoned.steps.length, 1);
  }));

test("verifyRun() keeps the first thousand problems, and counts all", () =>
  withSampleRun(async (path) => {
    await appendFile(join(path, "steps.jsonl"), "bad\n".repeat(1500));
    const { problems, problemCount } = await verifyRun(path);
    assert.equal(problems.length, 1000);
    assert.equal(problemCount, 1501); // And the seal.
  }));

test("verifyRun() accepts steps that were appended out of order", () =>
  withSampleRun(async (path) => {
    await change(path, "steps.jsonl", (all) => all.reverse());
    const { problems } = await verifyRun(path);
    assert.deepEqual(problems.map(({ code }) => code), ["SEAL_BROKEN"]);
  }));

test("verifyRun() reports that a run is being written, and no damage in it", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const one = run.startInstance({ scenario_id: "checkout" });
    await one.step({ step_name: "pay", step_type: "http" });
    await one.artifact("empty.txt", "");
    await appendFile(join(run.path, "steps.jsonl"), '{"inst');
    await writeFile(join(run.path, "summary.json.tmp"), "{");
    const report = await verifyRun(run.path);
    await rm(join(run.path, "summary.json.tmp"));
    assert.equal(report.state, "running");
    assert.deepEqual(report.problems.map(({ code }) => code), [
      "NOT_FINALIZED",
    ]);
    assert.equal(report.counts.instancesInFlight, 1);
    assert.equal(report.counts.emptyArtifacts, 1);
    await truncate(
      join(run.path, "steps.jsonl"),
      (await readFile(join(run.path, "steps.jsonl"))).length - 6,
    );
    await run.finalize();
    assert.equal((await verifyRun(run.path)).ok, true);
  }));

test("verifyRun() accepts a run that was recovered, and resumed again and again", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const done = run.startInstance({ scenario_id: "checkout" });
    await done.step({ step_name: "pay", step_type: "http", request: 1 });
    await done.complete();
    const brokenOff = run.startInstance({ scenario_id: "checkout" });
    await brokenOff.step({ step_name: "pay", step_type: "http", request: 2 });
    await brokenOff.assertion({ assertion_name: "paid", passed: true });
    await run[Symbol.asyncDispose]();
    assert.equal((await verifyRun(run.path)).ok, true);

    for (const last of [false, true]) {
      const again = await resumeRun(run.path);
      const second = again.startInstance({
        scenario_id: "checkout",
        instance_id: brokenOff.instance_id,
      });
      await second.step({ step_name: "pay", step_type: "http", request: 3 });
      await second.step({ step_name: "ship", step_type: "http" });
      if (last) await second.complete();
      await again[Symbol.asyncDispose]();
      const report = await verifyRun(run.path);
      assert.deepEqual(report.problems, []);
      assert.equal(report.state, "interrupted");
    }
    await appendFile(join(run.path, "steps.jsonl"), '{"instance_id":"inst_003');
    await rm(join(run.path, "summary.json"));
    assert.equal((await verifyRun(run.path)).problemCount, 2);
    await recoverRun(run.path);
    assert.deepEqual((await verifyRun(run.path)).problems, []);
    const trace = await (await openRun(run.path)).instance("inst_002");
    assert.equal(trace.steps.length, 2);
    assert.equal(trace.abandoned.steps.length, 3);
  }));

test("verifyRun() throws where there is no run, or a newer one", () =>
  withSampleRun(async (path) => {
    await assert.rejects(verifyRun(join(path, "artifacts")), {
      code: "RUN_NOT_FOUND",
    });
    await changeJson(path, "manifest.json", (it) => it.format_version = 2);
    await assert.rejects(verifyRun(path), { code: "UNSUPPORTED_VERSION" });
  }));
