import assert from "node:assert/strict";
import { test } from "node:test";
import {
  instanceTimeline,
  type InstanceTrace,
  instanceVerdict,
  openRun,
} from "../../mod.ts";
import { recordRun } from "../support/run_builder.ts";
import { assertion, instance, step } from "../support/samples.ts";
import { withTempDir } from "../support/temp_dir.ts";

const TRACE: InstanceTrace = {
  instance,
  start: null,
  steps: [],
  assertions: [],
  artifacts: [],
  abandoned: { steps: [], assertions: [], artifacts: [] },
};
const ERROR = { name: "Error", message: "gone", stack: null, cause: null };

test("instanceTimeline() returns each step with its assertions and its time", () => {
  const at = (ms: number) => new Date(Date.UTC(2024, 0) + ms).toISOString();
  const observation = { latency_ms: 20, ok: true };
  const own = { ...assertion, passed: true };
  const timeline = instanceTimeline({
    ...TRACE,
    steps: [
      { ...step, step_index: 0, timestamp: at(100), observation },
      { ...step, step_index: 1, timestamp: at(110), observation },
    ],
    assertions: [
      { ...own, step_index: 1, passed: false },
      { ...own, step_index: 7 },
      { ...own, step_index: null },
      { ...own, step_index: 0 },
      { ...own, step_index: 1 },
    ],
    abandoned: { ...TRACE.abandoned, steps: [step] },
  });
  assert.deepEqual(
    timeline.steps.map((one) => [
      one.startMs,
      one.endMs,
      one.isFailed,
      one.assertions.map(({ passed }) => passed),
    ]),
    [[0, 20, false, [true]], [10, 30, true, [false, true]]],
  );
  assert.equal(timeline.durationMs, 30);
  assert.deepEqual(
    timeline.unrecordedSteps.map(({ step_index, assertions }) => [
      step_index,
      assertions.length,
    ]),
    [[7, 1]],
  );
  assert.equal(timeline.assertions.length, 1);
  assert.equal(timeline.abandonedCount, 1);
});

test("instanceTimeline() marks the last step of an instance that ended with an error", () => {
  const steps = [step, { ...step, step_index: 1 }].map((one) => ({
    ...one,
    observation: {},
  }));
  const isFailed = (error: typeof ERROR | null) =>
    instanceTimeline({ ...TRACE, instance: { ...instance, error }, steps })
      .steps.map((one) => one.isFailed);
  assert.deepEqual(isFailed(null), [false, false]);
  assert.deepEqual(isFailed(ERROR), [false, true]);
});

test("instanceTimeline() marks a step that was not ok", () => {
  const steps = [false, true, undefined].map((ok, step_index) => ({
    ...step,
    step_index,
    observation: ok === undefined ? {} : { ok },
  }));
  assert.deepEqual(
    instanceTimeline({ ...TRACE, steps }).steps.map((one) => one.isFailed),
    [true, false, false],
  );
});

test("instanceTimeline() finds the files of each step, and names those that are missing", () =>
  withTempDir(async (dir) => {
    const path = await recordRun(dir, [{
      steps: [{ request: { url: "/" } }, { response: "ok" }],
    }]);
    const trace = await (await openRun(path)).instance("inst_001");
    const named = (timeline = instanceTimeline(trace)) =>
      timeline.steps.map(({ request, response }) => [
        request && [request.path, request.file?.name],
        response && [response.path, response.file?.name],
      ]);
    const [first, second] = [
      "step_001_request.json",
      "step_002_response.json",
    ];
    assert.deepEqual(named(), [
      [[`artifacts/inst_001/${first}`, first], null],
      [null, [`artifacts/inst_001/${second}`, second]],
    ]);
    trace.artifacts = [];
    assert.equal(named()[0]![0]![1], undefined);
  }));

test("instanceVerdict() returns how an instance ended", () => {
  assert.deepEqual(
    [
      { passed: true, error: null },
      { passed: false, error: ERROR },
      { passed: null, error: ERROR },
      { passed: true, error: ERROR },
      { passed: null, error: null },
      null,
    ].map(instanceVerdict),
    ["passed", "failed", "error", "error", "none", "incomplete"],
  );
});
