import assert from "node:assert/strict";
import { test } from "node:test";
import {
  openRun,
  type ReplayExecutor,
  replayInstance,
  type ReplayOptions,
  type StepRecord,
} from "../../mod.ts";
import { schedule } from "../../src/replay/schedule.ts";
import { recordRun } from "../support/run_builder.ts";
import { step as sample } from "../support/samples.ts";
import { withTempDir } from "../support/temp_dir.ts";

type Times = [startMs: number, latencyMs: number | null][];

function steps(times: Times): StepRecord[] {
  return times.map(([startMs, latency_ms], step_index) => ({
    ...sample,
    step_index,
    timestamp: new Date(Date.UTC(2024, 0, 15) + startMs).toISOString(),
    observation: { latency_ms },
  }));
}

function plan(times: Times): string {
  return schedule(steps(times)).map((group) =>
    group.map(({ place, after, pauseMs }) =>
      `${place}${after.length > 0 ? `>${after.join(",")}` : ""}+${pauseMs}`
    ).join(" ")
  ).join(" | ");
}

test("schedule() groups the steps that ran side by side", () => {
  const cases: [string, Times][] = [
    ["0+0 | 1+40 | 2+0", [[0, 10], [50, 10], [60, 5]]],
    ["0+0 1+5 2+20 | 3+60", [[0, 100], [5, 100], [20, 20], [165, 1]]],
    // The third began when the second had ended, and the first had not.
    ["0+0 1+10 2>1+5", [[0, 100], [10, 20], [35, 10]]],
    // Within the same millisecond nobody knows.
    ["0+0 | 1+0 | 2+0", [[0, 0.4], [0, 0.7], [1, null]]],
    ["", []],
  ];
  for (const [expected, times] of cases) assert.equal(plan(times), expected);
});

test("a step waits for what a link brings it, whatever the times say", () => {
  const link = {
    from: { step_index: 0, path: "body.id" },
    to: { step_index: 1, path: "url" },
    why: "",
    confidence: "high" as const,
  };
  const [group] = schedule(steps([[0, 100], [10, 10]]), [link]);
  assert.deepEqual(group!.map(({ after }) => after), [[], [0]]);
});

async function replayed(
  dir: string,
  times: Times,
  execute: ReplayExecutor,
  options: ReplayOptions = {},
) {
  const path = await recordRun(dir, [{
    steps: steps(times).map(({ timestamp, observation }, n) => ({
      timestamp,
      request: { n },
      observation: { ...observation, body: { n } },
    })),
  }]);
  const replay = replayInstance(
    await openRun(path),
    "inst_001",
    execute,
    options,
  );
  return { steps: await Array.fromAsync(replay), replay };
}

test("steps that ran side by side are under way together, and come in order", () =>
  withTempDir(async (dir) => {
    const log: string[] = [];
    const both = Promise.withResolvers<void>();
    const { steps, replay } = await replayed(
      dir,
      [[0, 100], [10, 20], [200, 10]],
      async ({ step_index }, { earlier, request }) => {
        const before = earlier.map(({ recorded }) => recorded.step_index);
        log.push(`begin ${step_index} after ${before.join(",")}`);
        if (step_index === 1) both.resolve();
        // Ends only where the second one begins meanwhile.
        if (step_index === 0) await both.promise;
        log.push(`end ${step_index}`);
        return { body: request! };
      },
      { pace: "recorded" },
    );
    assert.deepEqual(log, [
      "begin 0 after ",
      "begin 1 after ",
      "end 1",
      "end 0",
      "begin 2 after 0,1",
      "end 2",
    ]);
    assert.deepEqual(steps.map(({ recorded }) => recorded.step_index), [
      0,
      1,
      2,
    ]);
    assert.equal((await replay.verdict()).matches, true);
  }));

test("pace keeps the pauses of the recording", () =>
  withTempDir(async (dir) => {
    const begins: number[] = [];
    await replayed(dir, [[0, 1], [150, 1]], (_, { request }) => {
      begins.push(performance.now());
      return { body: request! };
    }, { pace: "recorded" });
    assert.ok(begins[1]! - begins[0]! > 120, `${begins}`);
  }));

test("a body that was not recorded is missing before the first step", () =>
  withTempDir(async (dir) => {
    const path = await recordRun(dir, [{
      steps: [
        { request: { method: "GET", url: "/" }, observation: { ok: true } },
        {
          request: {
            method: "PUT",
            url: "/",
            body: "beg",
            body_truncated: { bytes: 9 },
          },
          observation: { ok: true },
        },
      ],
    }]);
    let calls = 0;
    const replay = replayInstance(await openRun(path), "inst_001", () => {
      calls++;
      return { ok: true };
    });
    await assert.rejects(replay.verdict(), {
      code: "INCOMPLETE_RECORDING",
      message:
        'Cannot replay "inst_001" exactly: step 1 cannot be sent: its body was larger than maxBodyBytes, and cut',
    });
    assert.equal(calls, 0);
  }));
