import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  ArtifactError,
  type CreateRunOptions,
  type RunWriter,
  type StepInput,
} from "../../mod.ts";
import { clock } from "../../src/time/clock.ts";
import { assertion, instance, step } from "../support/samples.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

interface Recorded {
  run: RunWriter;
  lines: (name: string) => Promise<Record<string, unknown>[]>;
  text: (name: string) => Promise<string>;
  summary: () => Promise<Record<string, unknown>>;
}

/** Runs `body` with a new run named "run_1", and disposes it. */
function withRun(
  body: (recorded: Recorded) => Promise<void>,
  options: Partial<CreateRunOptions> = {},
): Promise<void> {
  return withTempDir(async (dir) => {
    const run = await aRun(dir, {
      scenario_ids: ["checkout", "refund"],
      seed: 42,
      ...options,
    });
    const text = (name: string) => readFile(join(run.path, name), "utf8");
    try {
      await body({
        run,
        text,
        lines: async (name) =>
          (await text(name)).split("\n").slice(0, -1).map((line) =>
            JSON.parse(line)
          ),
        summary: async () => JSON.parse(await text("summary.json")),
      });
    } finally {
      await run[Symbol.asyncDispose]();
    }
  });
}

const STEP: StepInput = {
  step_name: "pay",
  step_type: "http",
  observation: { ok: true, status_code: 200, latency_ms: 5 },
};

test("step() is one line that is there when it resolves", () =>
  withRun(async ({ run, text }) => {
    const one = run.startInstance({ scenario_id: "checkout" });
    await one.step(STEP);
    const line = await text("steps.jsonl");
    const record = JSON.parse(line);
    assert.equal(line, JSON.stringify(record) + "\n");
    assert.deepEqual(Object.entries(record), [
      ["instance_id", "inst_001"],
      ["run_id", "run_1"],
      ["correlation_id", one.correlation_id],
      ["step_index", 0],
      ["step_name", "pay"],
      ["step_type", "http"],
      ["span_id", record.span_id],
      ["timestamp", record.timestamp],
      ["observation", { ok: true, status_code: 200, latency_ms: 5 }],
      ["artifacts", []],
    ]);
    await one.step({ step_name: "wait", step_type: "timer" });
    const second = JSON.parse((await text("steps.jsonl")).split("\n")[1]!);
    assert.equal(second.step_index, 1);
    assert.deepEqual(second.observation, {});
  }));

test("step() writes request and response as files before its line", () =>
  withRun(async ({ run, text, lines }) => {
    const one = run.startInstance({ scenario_id: "checkout" });
    await one.step(STEP);
    const request = { method: "POST", url: "/pay", body: { amount: 5 } };
    await one.step({ ...STEP, request, response: "plain text" });
    const [, record] = await lines("steps.jsonl");
    assert.deepEqual(record!.artifacts, [
      "artifacts/inst_001/step_002_request.json",
      "artifacts/inst_001/step_002_response.json",
    ]);
    const [first, second] = record!.artifacts as string[];
    assert.equal(await text(first!), JSON.stringify(request, null, 2) + "\n");
    assert.equal(await text(second!), '"plain text"\n');
  }));

test("assertion() judges the latest step by default", () =>
  withRun(async ({ run, lines }) => {
    const one = run.startInstance({ scenario_id: "checkout" });
    await one.assertion({ assertion_name: "before", passed: true });
    await one.step(STEP);
    await one.step(STEP);
    await one.assertion({
      assertion_name: "status",
      passed: false,
      expected: 200,
      actual: { status: 500 },
      message: "wrong",
    });
    await one.assertion({
      assertion_name: "whole",
      passed: true,
      step_index: null,
    });
    const records = await lines("assertions.jsonl");
    assert.deepEqual(records.map(({ step_index }) => step_index), [
      null,
      1,
      null,
    ]);
    assert.deepEqual(Object.entries(records[1]!), [
      ["instance_id", "inst_001"],
      ["run_id", "run_1"],
      ["correlation_id", one.correlation_id],
      ["step_index", 1],
      ["assertion_name", "status"],
      ["passed", false],
      ["expected", 200],
      ["actual", { status: 500 }],
      ["message", "wrong"],
      ["timestamp", records[1]!.timestamp],
    ]);
    assert.equal(records[0]!.expected, null);
    assert.equal(records[0]!.message, "");
  }));

test("complete() is one line, and the verdict follows from what was seen", () =>
  withRun(async ({ run, lines, summary }) => {
    const verdicts = [
      { do: "nothing", input: {}, passed: null, error: null },
      { do: "assert", input: {}, passed: false, error: null },
      { do: "nothing", input: { error: "timeout" }, passed: false },
      { do: "assert", input: { passed: true }, passed: true },
      { do: "nothing", input: { passed: null }, passed: null },
      { do: "nothing", input: { passed: true, error: "late" }, passed: true },
    ];
    for (const { do: what, input } of verdicts) {
      const one = run.startInstance({
        scenario_id: "checkout",
        entry_data: { user: 7 },
      });
      if (what === "assert") {
        await one.assertion({ assertion_name: "a", passed: true });
        await one.assertion({ assertion_name: "b", passed: false });
      }
      await one.complete(input);
    }
    const records = await lines("instances.jsonl");
    assert.deepEqual(
      records.map(({ passed }) => passed),
      verdicts.map(({ passed }) => passed),
    );
    const [record] = records;
    assert.deepEqual(Object.keys(record!), Object.keys(instance));
    assert.deepEqual(record!.entry_data, { user: 7 });
    assert.equal(record!.error, null);
    await run.finalize();
    const { total_instances, pass_count, fail_count, error_count } =
      await summary();
    assert.deepEqual(
      { total_instances, pass_count, fail_count, error_count },
      { total_instances: 6, pass_count: 2, fail_count: 2, error_count: 2 },
    );
  }));

test("complete() waits for what was recorded without awaiting", () =>
  withRun(async ({ run, lines, text }) => {
    const one = run.startInstance({ scenario_id: "checkout" });
    const pending = [];
    for (let i = 0; i < 20; i++) {
      pending.push(
        one.step(i % 3 === 0 ? { ...STEP, request: { i } } : STEP),
        one.assertion({ assertion_name: `a${i}`, passed: true }),
      );
    }
    pending.push(one.artifact("page.txt", "text"));
    await one.complete();
    const steps = await lines("steps.jsonl");
    assert.deepEqual(
      steps.map(({ step_index }) => step_index),
      Array.from({ length: 20 }, (_, i) => i),
    );
    const assertions = await lines("assertions.jsonl");
    assert.deepEqual(
      assertions.map(({ assertion_name }) => assertion_name),
      Array.from({ length: 20 }, (_, i) => `a${i}`),
    );
    assert.equal(await text("artifacts/inst_001/page.txt"), "text");
    await Promise.all(pending);
  }));

test("step() keeps what it was given when the caller changes it later", () =>
  withRun(async ({ run, lines, text }) => {
    const one = run.startInstance({ scenario_id: "checkout" });
    const observation = { body: { state: "before" } };
    const request = { state: "before" };
    const bytes = new Uint8Array([1]);
    const pending = [
      one.step({ ...STEP, observation, request }),
      one.artifact("a.bin", bytes),
    ];
    observation.body.state = request.state = "after";
    bytes[0] = 2;
    await Promise.all(pending);
    const [record] = await lines("steps.jsonl");
    assert.deepEqual(record!.observation, { body: { state: "before" } });
    const file = "artifacts/inst_001/step_001_request.json";
    assert.deepEqual(JSON.parse(await text(file)), { state: "before" });
    assert.equal(await text("artifacts/inst_001/a.bin"), "\u0001");
  }));

test("artifact() takes bytes, text, JSON and streams", () =>
  withRun(async ({ run, text }) => {
    const one = run.startInstance({ scenario_id: "checkout" });
    const bytes = new TextEncoder().encode("bytes");
    const stream = new Blob(["str", "eam"]).stream();
    assert.equal(
      await one.artifact("a.bin", bytes),
      "artifacts/inst_001/a.bin",
    );
    await one.artifact("b.txt", "text\n");
    await one.artifact("c.json", { n: [1] });
    await one.artifact("d.bin", stream);
    assert.equal(await text("artifacts/inst_001/a.bin"), "bytes");
    assert.equal(await text("artifacts/inst_001/b.txt"), "text\n");
    assert.equal(
      await text("artifacts/inst_001/c.json"),
      '{\n  "n": [\n    1\n  ]\n}\n',
    );
    assert.equal(await text("artifacts/inst_001/d.bin"), "stream");
  }));

test("artifact() stores bytes as they were given, a Buffer's too", () =>
  withRun(async ({ run, text }) => {
    const one = run.startInstance({ scenario_id: "checkout" });
    for (const type of [Buffer, Uint8Array]) {
      const bytes = type.from([111, 107]);
      const name = `${type.name}.bin`;
      const written = one.artifact(name, bytes);
      bytes.fill(0);
      await written;
      assert.equal(await text(`artifacts/inst_001/${name}`), "ok");
    }
  }));

test("artifact() refuses bad names, names in use and bad values", () =>
  withRun(async ({ run, text, lines }) => {
    const one = run.startInstance({ scenario_id: "checkout" });
    await one.artifact("a.txt", "first");
    const refused: [string, unknown, string][] = [
      ["a.txt", "second", "ARTIFACT_EXISTS"],
      ["../a.txt", "", "UNSAFE_NAME"],
      ["step_001_request.json", "", "UNSAFE_NAME"],
      ["STEP_001_request.json", "", "UNSAFE_NAME"],
      // As good as "step" where case does not count.
      ["\u017ftep_001_request.json", "", "UNSAFE_NAME"],
      ["nul", "", "UNSAFE_NAME"],
      ["b.json", undefined, "INVALID_RECORD"],
    ];
    for (const [name, data, code] of refused) {
      await assert.rejects(
        one.artifact(name, data as string),
        (error: Error) => {
          assert.equal((error as ArtifactError).code, code);
          assert.ok(error.message.includes(run.run_id), error.message);
          assert.ok(error.message.includes("inst_001"), error.message);
          return true;
        },
      );
    }
    assert.equal(await text("artifacts/inst_001/a.txt"), "first");
    assert.deepEqual(
      await readdir(join(run.path, "artifacts", "inst_001")),
      ["a.txt"],
    );
    await one.step({
      ...STEP,
      artifacts: [await one.artifact("b.txt", "listed")],
    });
    const [record] = await lines("steps.jsonl");
    assert.deepEqual(record!.artifacts, ["artifacts/inst_001/b.txt"]);
    const invalid = [
      ["artifacts/inst_002/b.txt"],
      ["artifacts/inst_001/b.txt", undefined],
      [1n],
      new Set(["artifacts/inst_001/b.txt"]),
      "artifacts/inst_001/b.txt",
      null,
    ];
    for (const artifacts of invalid) {
      await assert.rejects(one.step({ ...STEP, artifacts } as StepInput), {
        code: "INVALID_RECORD",
        path: "artifacts",
      });
    }
  }));

test("artifact() takes back the file when its stream fails, and the run goes on", () =>
  withRun(async ({ run, lines }) => {
    const one = run.startInstance({ scenario_id: "checkout" });
    const cause = new Error("the page is gone");
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(10)),
      pull: () => Promise.reject(cause),
    });
    await assert.rejects(one.artifact("page.png", broken), cause);
    const wrong = new ReadableStream({ start: (to) => to.enqueue(7) });
    await assert.rejects(
      one.artifact("page.txt", wrong),
      /inst_001.page\.txt": its stream gave a value of type number, not bytes or text/,
    );
    const dir = join(run.path, "artifacts", "inst_001");
    assert.deepEqual(await readdir(dir), []);
    await one.artifact("page.png", new Uint8Array(3));
    await one.step(STEP);
    assert.equal((await lines("steps.jsonl")).length, 1);
  }));

test("step() refuses an invalid step by path, writes nothing, and goes on", () =>
  withRun(async ({ run, text, lines }) => {
    const one = run.startInstance({ scenario_id: "checkout" });
    const invalid: [path: string, change: Record<string, unknown>][] = [
      ["step_name", { step_name: undefined }],
      ["step_type", { step_type: 7 }],
      ["observation", { observation: "200" }],
      ["observation.latency_ms", { observation: { latency_ms: NaN } }],
      ["observation.ok", { observation: { ok: 1 } }],
      ["stepname", { stepname: "typo" }],
      ["step_index", { step_index: 3 }],
      ["timestamp", { timestamp: "yesterday" }],
      ["timestamp", { timestamp: 7 }],
    ];
    for (const [path, change] of invalid) {
      await assert.rejects(one.step({ ...STEP, ...change } as StepInput), {
        name: "ArtifactError",
        code: "INVALID_RECORD",
        path,
      });
    }
    await assert.rejects(one.step(null as never), { code: "INVALID_RECORD" });
    assert.equal(await text("steps.jsonl"), "");
    assert.deepEqual(await readdir(join(run.path, "artifacts")), []);
    await one.step(STEP);
    assert.equal((await lines("steps.jsonl"))[0]!.step_index, 0);
  }));

test("appendStep(), appendAssertion() and appendInstance() take whole records", () =>
  withRun(async ({ run, lines }) => {
    await run.appendStep(step);
    await run.appendAssertion(assertion);
    await run.appendInstance(instance);
    assert.deepEqual(await lines("steps.jsonl"), [step]);
    assert.deepEqual(await lines("assertions.jsonl"), [assertion]);
    assert.deepEqual(await lines("instances.jsonl"), [instance]);
    await assert.rejects(run.appendStep({ ...step, run_id: "run_2" }), {
      code: "INVALID_RECORD",
      path: "run_id",
    });
    await assert.rejects(
      run.appendInstance({ ...instance, instance_id: "../x" }),
      { code: "INVALID_RECORD", path: "instance_id" },
    );
  }));

test("headers() carries the correlation id in two forms", () =>
  withRun(async ({ run }) => {
    const one = run.startInstance({ scenario_id: "checkout" });
    const { traceparent, ...rest } = one.headers();
    assert.deepEqual(rest, { "x-correlation-id": one.correlation_id });
    assert.match(
      traceparent,
      new RegExp(`^00-${one.correlation_id}-[0-9a-f]{16}-01$`),
    );
    await one.complete();
  }));

test("startInstance() counts ids in the order of starting", () =>
  withRun(async ({ run }) => {
    const ids = Array.from(
      { length: 1001 },
      () => run.startInstance({ scenario_id: "s" }).instance_id,
    );
    assert.deepEqual(
      [ids[0], ids[98], ids[998], ids[999], ids[1000]],
      ["inst_001", "inst_099", "inst_999", "inst_1000", "inst_1001"],
    );
    await Promise.resolve();
  }));

test("startInstance() refuses bad input and takes no number for it", () =>
  withRun(async ({ run }) => {
    for (
      const [path, input] of [
        ["scenario_id", {}],
        ["scenario_id", { scenario_id: "" }],
        ["entry_data", { scenario_id: "s", entry_data: [] }],
        ["instance_key", { scenario_id: "s", instance_key: "" }],
        ["retry_of", { scenario_id: "s", retry_of: "../x" }],
        ["instance_id", { scenario_id: "s", instance_id: "a/b" }],
        ["correlation_id", { scenario_id: "s", correlation_id: "0" }],
        ["started_at", { scenario_id: "s", started_at: "now" }],
        ["scenario", { scenario: "s", scenario_id: "s" }],
      ] as [string, never][]
    ) {
      assert.throws(() => run.startInstance(input), {
        code: "INVALID_RECORD",
        path,
      });
    }
    assert.equal(
      run.startInstance({ scenario_id: "s" }).instance_id,
      "inst_001",
    );
    assert.equal(run.stats.instancesInFlight, 1);
    await Promise.resolve();
  }));

test("stats follows the run", () =>
  withRun(async ({ run }) => {
    const one = run.startInstance({ scenario_id: "checkout" });
    const step = one.step(STEP);
    assert.ok(run.stats.queuedBytes > 0);
    await step;
    await one.assertion({ assertion_name: "a", passed: false });
    const { scenarios: _, ...live } = run.stats;
    assert.deepEqual(live, {
      total_instances: 0,
      pass_count: 0,
      fail_count: 0,
      skip_count: 0,
      error_count: 0,
      flaky_count: 0,
      pass_rate: 0,
      total_steps: 1,
      failed_steps: 0,
      total_assertions: 1,
      assertions_passed: 0,
      assertions_failed: 1,
      p50_latency_ms: live.p50_latency_ms,
      p95_latency_ms: live.p50_latency_ms,
      p99_latency_ms: live.p50_latency_ms,
      instancesRetried: 0,
      instancesInFlight: 1,
      queuedBytes: 0,
    });
    assert.ok(Math.abs(live.p50_latency_ms! - 5) < 0.05);
    await one.complete();
    assert.equal(run.stats.fail_count, 1);
    assert.equal(run.stats.instancesInFlight, 0);
  }));

test("finalize() leaves the files of the format and no other", () =>
  withRun(async ({ run, text, summary }) => {
    const one = run.startInstance({ scenario_id: "refund" });
    await one.step(STEP);
    await one.complete();
    const returned = await run.finalize();
    assert.deepEqual((await readdir(run.path)).sort(), [
      "artifacts",
      "assertions.jsonl",
      "instances.jsonl",
      "manifest.json",
      "steps.jsonl",
      "summary.json",
    ]);
    assert.deepEqual(await summary(), returned);
    assert.equal(
      await text("summary.json"),
      JSON.stringify(returned, null, 2) + "\n",
    );
    const { completed_at, duration_ms, p50_latency_ms } = returned;
    assert.deepEqual(Object.entries(returned), [
      ["run_id", "run_1"],
      ["status", "completed"],
      ["completed_at", completed_at],
      ["duration_ms", duration_ms],
      ["total_instances", 1],
      ["pass_count", 1],
      ["fail_count", 0],
      ["skip_count", 0],
      ["error_count", 0],
      ["flaky_count", 0],
      ["incomplete_count", 0],
      ["pass_rate", 100],
      ["total_steps", 1],
      ["failed_steps", 0],
      ["total_assertions", 0],
      ["assertions_passed", 0],
      ["assertions_failed", 0],
      ["p50_latency_ms", p50_latency_ms],
      ["p95_latency_ms", p50_latency_ms],
      ["p99_latency_ms", p50_latency_ms],
      ["latency_sketch", {
        relative_error: 0.01,
        zero_count: 0,
        buckets: { "81": 1 },
      }],
      ["scenarios", {
        checkout: {
          total_instances: 0,
          pass_count: 0,
          fail_count: 0,
          skip_count: 0,
          error_count: 0,
          flaky_count: 0,
          latency_sketch: { relative_error: 0.01, zero_count: 0, buckets: {} },
        },
        refund: {
          total_instances: 1,
          pass_count: 1,
          fail_count: 0,
          skip_count: 0,
          error_count: 0,
          flaky_count: 0,
          latency_sketch: returned.latency_sketch,
        },
      }],
      ["files", returned.files],
    ]);
    assert.equal(await run.finalize(), returned);
  }));

test("finalize() waits for what was recorded without awaiting", () =>
  withRun(async ({ run, lines }) => {
    const one = run.startInstance({ scenario_id: "refund" });
    const pending = [
      one.step({ ...STEP, request: { n: 1 } }),
      one.step(STEP),
      one.complete(),
    ];
    const summary = await run.finalize();
    assert.equal(summary.total_steps, 2);
    assert.equal(summary.total_instances, 1);
    assert.equal((await lines("steps.jsonl")).length, 2);
    await Promise.all(pending);
  }));

test("every method refuses after finalize()", () =>
  withRun(async ({ run, text }) => {
    const one = run.startInstance({ scenario_id: "refund" });
    await run.finalize();
    const code = "RUN_CLOSED";
    assert.throws(() => run.startInstance({ scenario_id: "s" }), { code });
    const calls = [
      () => run.appendStep(step),
      () => run.appendAssertion(assertion),
      () => run.appendInstance(instance),
      () => one.step(STEP),
      () => one.assertion({ assertion_name: "a", passed: true }),
      () => one.artifact("a.txt", "late"),
      () => one.complete(),
      () => run.steps.getWriter().write(step),
    ];
    for (const call of calls) await assert.rejects(call(), { code });
    assert.equal(await text("steps.jsonl"), "");
  }));

test("every method of an instance refuses after complete()", () =>
  withRun(async ({ run, lines }) => {
    const one = run.startInstance({ scenario_id: "refund" });
    const completed = one.complete();
    const code = "INSTANCE_CLOSED";
    await assert.rejects(one.step(STEP), { code });
    await assert.rejects(
      one.assertion({ assertion_name: "a", passed: true }),
      { code },
    );
    await assert.rejects(one.artifact("a.txt", "late"), { code });
    await assert.rejects(one.complete(), { code });
    await completed;
    assert.equal((await lines("instances.jsonl")).length, 1);
  }));

test("disposal finalizes as interrupted unless the run was finalized", async () => {
  await withTempDir(async (dir) => {
    const broken = await aRun(dir, { run_id: "a" });
    await broken[Symbol.asyncDispose]();
    const whole = await aRun(dir, { run_id: "b" });
    await whole.finalize();
    await whole[Symbol.asyncDispose]();
    const status = async (id: string) =>
      JSON.parse(await readFile(join(dir, id, "summary.json"), "utf8")).status;
    assert.equal(await status("a"), "interrupted");
    assert.equal(await status("b"), "completed");
    await broken[Symbol.asyncDispose]();
    assert.equal((await broken.finalize()).status, "interrupted");
  });
});

test("an ArtifactError says what to do in code, message and place", async () => {
  await withRun(async ({ run }) => {
    const error = await run.appendStep({ ...step, step_index: -1 }).then(
      () => undefined,
      (error) => error,
    );
    assert.ok(error instanceof ArtifactError && error instanceof Error);
    assert.equal(error.name, "ArtifactError");
    assert.equal(error.path, "step_index");
    assert.match(
      error.message,
      /^Cannot append the step .* in run "run_1".: "step_index" must/,
    );
  });
});

test("step() throws QUEUE_FULL when far too many files wait, and leaves no gap", () =>
  withRun(async ({ run, lines }) => {
    const one = run.startInstance({ scenario_id: "checkout" });
    const request = "x".repeat(10_000_000);
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => one.step({ ...STEP, request })),
    );
    const full = results.filter(({ status }) => status === "rejected");
    assert.ok(full.length > 0 && full.length < 20);
    for (const result of full) {
      assert.equal((result as PromiseRejectedResult).reason.code, "QUEUE_FULL");
    }
    assert.equal(run.stats.queuedBytes, 0);
    await one.step({ ...STEP, request: "again" });
    const steps = await lines("steps.jsonl");
    assert.deepEqual(
      steps.map(({ step_index }) => step_index),
      Array.from({ length: 21 - full.length }, (_, i) => i),
    );
  }));

test("records have the ids of the run and the instance, whatever a caller does to them", () =>
  withRun(async ({ run, lines, summary }) => {
    assert.throws(() => Object.assign(run.manifest, { run_id: "other" }));
    const one = run.startInstance({ scenario_id: "checkout" });
    const { instance_id, correlation_id } = one;
    Object.assign(one, { instance_id: 7, correlation_id: undefined });
    await one.step({ ...STEP, request: 1 });
    await one.assertion({ assertion_name: "a", passed: true });
    await one.complete();
    await run.finalize();
    for (const kind of ["instances", "steps", "assertions"]) {
      const [record] = await lines(`${kind}.jsonl`);
      assert.equal(record!.run_id, "run_1");
      assert.equal(record!.instance_id, instance_id);
      assert.equal(record!.correlation_id, correlation_id);
    }
    assert.equal((await summary()).run_id, "run_1");
  }));

test("fake timers and a clock that was set back keep nothing from being recorded", () =>
  withRun(async ({ run, lines }) => {
    const globals = globalThis as unknown as {
      setImmediate(callback: () => void): void;
    };
    const { setImmediate } = globals;
    const { monotonicMs } = clock;
    const one = run.startInstance({ scenario_id: "checkout" });
    let faked = 0;
    globals.setImmediate = (callback) => {
      faked++;
      setImmediate(callback);
    };
    clock.monotonicMs = () => 0;
    try {
      await one.step(STEP);
      await one.complete();
    } finally {
      globals.setImmediate = setImmediate;
      clock.monotonicMs = monotonicMs;
    }
    assert.equal(faked, 0);
    assert.equal((await lines("instances.jsonl"))[0]!.duration_ms, 0);
  }));
