import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { diffInstances, openRun } from "../../mod.ts";
import { nearer } from "../../src/analyze/instance_pairing.ts";
import { type InstancePlan, recordRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

const PASSED: InstancePlan = {
  steps: [
    { step_name: "cart", observation: { status_code: 200, latency_ms: 4 } },
    {
      step_name: "pay",
      request: { method: "POST", url: "/pay", body: { cents: 300 } },
      response: { status_code: 201, headers: { date: "a" }, body: { id: 1 } },
      observation: { ok: true, status_code: 201 },
    },
    { step_name: "cart", observation: { status_code: 204 } },
    { step_name: "mail" },
  ],
  assertions: [{ step_index: 1, assertion_name: "status" }],
};
const FAILED: InstancePlan = {
  steps: [
    { step_name: "cart", observation: { status_code: 200, latency_ms: 90 } },
    { step_name: "retry" },
    {
      step_name: "pay",
      request: { method: "POST", url: "/pay", body: { cents: 299 } },
      response: { status_code: 402, headers: { date: "b" }, body: { id: 2 } },
      observation: { ok: false, status_code: 402 },
    },
    { step_name: "cart", observation: { status_code: 200 } },
  ],
  assertions: [
    { step_index: 2, assertion_name: "status", passed: false },
    { assertion_name: "total", passed: false, step_index: null },
  ],
};

test("diffInstances() pairs steps by name and reports what differs", () =>
  withTempDir(async (dir) => {
    const other = { scenario_id: "refund", assertions: [{}] };
    const path = await recordRun(dir, [other, PASSED, FAILED, other]);
    const run = await openRun(path);
    const diff = await diffInstances(run, "inst_003", undefined, {
      ignore: ["response.body.id"],
    });
    assert.deepEqual(
      [diff.otherInstanceId, diff.otherVerdict, diff.verdict],
      ["inst_002", "passed", "failed"],
    );
    assert.deepEqual(
      diff.steps.map((
        { step_name, step_index, otherIndex, isFailed, values },
      ) => [
        step_name,
        step_index,
        otherIndex,
        isFailed,
        values &&
        values.differences.map(({ path, recorded, actual }) =>
          `${path} ${recorded} ${actual}`
        ),
      ]),
      [
        ["cart", 0, 0, false, []],
        ["retry", 1, null, false, null],
        ["pay", 2, 1, true, [
          "response.status_code 201 402",
          "observation.ok true false",
          "request.body.cents 300 299",
        ]],
        ["cart", 3, 2, false, ["response.status_code 204 200"]],
        ["mail", null, 3, false, null],
      ],
    );
    assert.deepEqual(
      [...diff.steps.flatMap(({ failed }) => failed), ...diff.failed]
        .map(({ assertion_name }) => assertion_name),
      ["status", "total"],
    );
    // Of the other instances none passed.
    await assert.rejects(diffInstances(run, "inst_002"), {
      code: "INSTANCE_NOT_FOUND",
      message: /no other instance of scenario "checkout" passed/,
    });
    const file = join(path, "artifacts/inst_002/step_002_response.json");
    await writeFile(file, (await readFile(file, "utf8")).slice(0, 20));
    const [, , pay] = (await diffInstances(run, "inst_003", "inst_002")).steps;
    assert.deepEqual(pay!.unread, [
      "artifacts/inst_002/step_002_response.json",
    ]);
    assert.deepEqual(
      pay!.values!.differences.map(({ path }) => path),
      ["observation.ok", "request.body.cents"],
    );
  }));

test("the nearest instance is the one that started with the least distance", () => {
  const nearest = (startMs: number, ...starts: number[]) =>
    starts.map((startMs, i) => ({ startMs, id: `inst_${i}` }))
      .reduce((best, other) => nearer(startMs, best, other)).id;
  assert.equal(nearest(10, 1, 8, 13), "inst_1");
  assert.equal(nearest(10, 14, 6), "inst_1");
  assert.equal(nearest(10, 6, 14), "inst_0");
  assert.equal(nearest(10, 9, 9), "inst_0");
});
