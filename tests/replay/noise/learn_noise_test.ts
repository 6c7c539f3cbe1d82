import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type JsonObject,
  type JsonValue,
  learnNoise,
  type NoiseRule,
  openRun,
  replayInstance,
  type ReplayOptions,
  type RunReader,
} from "../../../mod.ts";
import { recordRun } from "../../support/run_builder.ts";
import { withTempDir } from "../../support/temp_dir.ts";

/** What a service answers the n-th time: much of it is new each time. */
function answer(n: number): JsonObject {
  const items = ["apple", "pear", "plum", "fig"].map((name, i) => ({
    name,
    price: i + 1,
    line_id: `line-${n * 1000 + i * 7}-x${i}`,
  }));
  return {
    order_id: `ord-${(n * 7919) % 99991}-a${n}`,
    number: 4000 + n,
    made_at: new Date(1.7e12 + n * 61_000).toISOString(),
    expires: 1_700_000_000 + n * 60,
    load: 0.1 + 0.2 + n * 1e-17 * 8,
    items: [...items.slice(n % 4), ...items.slice(0, n % 4)],
    tags: n % 2 === 0 ? ["a", "b"] : ["b", "a"],
    note: n % 2 === 0 ? "hello" : null,
    total: 10,
    ...(n % 3 === 0 ? { hint: "once in a while" } : {}),
  };
}

async function recorded(dir: string): Promise<RunReader> {
  return await openRun(
    await recordRun(dir, [{
      steps: [{ request: { n: 1 }, observation: { body: answer(0) } }],
    }]),
  );
}

/** Replays against a service whose answers were changed. */
async function replayed(
  run: RunReader,
  n: number,
  options: ReplayOptions,
  change: (body: Record<string, JsonValue | undefined>) => void = () => {},
) {
  const replay = replayInstance(run, "inst_001", () => {
    const body = structuredClone(answer(n));
    change(body);
    return { body: JSON.parse(JSON.stringify(body)) };
  }, options);
  const [step] = await Array.fromAsync(replay);
  return { step: step!, verdict: await replay.verdict() };
}

function learned(run: RunReader, times = 6): Promise<NoiseRule[]> {
  let n = 0;
  return learnNoise(run, ["inst_001"], () => ({ body: answer(++n) }), {
    times,
  });
}

test("learnNoise() finds what replays differ in, with its kind", () =>
  withTempDir(async (dir) => {
    const run = await recorded(dir);
    const noise = await learned(run);
    const kinds = noise.map(({ path, kind }) => `${path} ${kind}`).sort();
    assert.deepEqual(kinds, [
      "body.expires time",
      "body.hint mixed",
      "body.items order",
      "body.items[*].line_id id",
      "body.load jitter",
      "body.made_at time",
      "body.note mixed",
      "body.number counter",
      "body.order_id id",
      "body.tags order",
    ]);
    const number = noise.find(({ path }) => path === "body.number");
    assert.deepEqual(number, {
      step: "pay",
      path: "body.number",
      kind: "counter",
      types: ["number"],
      range: [4001, 4006],
      seen: [4001, 4002, 4003, 4004, 4005],
      replays: 6,
    });
    for (let n = 7; n < 40; n++) {
      const { verdict, step } = await replayed(run, n, { noise });
      assert.deepEqual(step.differences, []);
      assert.equal(verdict.matches, true);
      assert.ok(step.noiseCount >= 5 && step.ignoredCount >= step.noiseCount);
      assert.equal(verdict.noiseCount, step.noiseCount);
    }
  }));

test("what differs alike in all replays is not noise", () =>
  withTempDir(async (dir) => {
    const run = await recorded(dir);
    const other = () => ({ body: { ...answer(0), total: 11 } });
    assert.deepEqual(await learnNoise(run, ["inst_001"], other), []);
  }));

type Change = (body: Record<string, JsonValue | undefined>) => void;

const BUGS: Record<string, Change> = {
  "a value elsewhere": (body) => body.total = 11,
  "an id of another type": (body) => body.order_id = 7,
  "an id that is empty": (body) => body.order_id = "",
  "an id that is a word": (body) => body.order_id = "undefined",
  "an id that is missing": (body) => delete body.order_id,
  "an id that is null": (body) => body.order_id = null,
  "an id of another length": (body) => body.order_id = "a1".repeat(30),
  "a number of another magnitude": (body) => body.number = 50_000,
  "a negative number": (body) => body.number = -4005,
  "a time that is none": (body) => body.made_at = "Invalid Date",
  "a time that is too small": (body) => body.expires = 17,
  "a sum of another magnitude": (body) => body.load = 30,
  "an item that is missing": (body) => (body.items as JsonValue[]).pop(),
  "an item twice": (body) => {
    const items = body.items as JsonValue[];
    items[1] = items[0]!;
  },
  "a price in an item": (body) => {
    (body.items as JsonObject[])[2]!["price"] = 99;
  },
  "an item's id that is empty": (body) => {
    (body.items as JsonObject[])[2]!["line_id"] = "";
  },
  "an array that is an object": (body) => body.tags = { a: 1 },
  "another tag": (body) => body.tags = ["a", "c"],
  "a note of another type": (body) => body.note = ["hello"],
  "a field that is new": (body) => body.extra = 1,
};

test("noise is ignored within its bounds, and no difference beyond", () =>
  withTempDir(async (dir) => {
    const run = await recorded(dir);
    const noise = await learned(run);
    for (const [bug, change] of Object.entries(BUGS)) {
      for (const n of [0, 7, 9]) {
        const { verdict } = await replayed(run, n, { noise }, change);
        assert.equal(verdict.matches, false, `${bug}, ${n}`);
      }
    }
  }));

test("learnNoise() adds to what is known, of the step that it is of", () =>
  withTempDir(async (dir) => {
    const run = await recorded(dir);
    const known = await learned(run, 2);
    let n = 20;
    const more = await learnNoise(
      run,
      ["inst_001"],
      () => ({ body: answer(++n) }),
      { noise: known, times: 2 },
    );
    const number = more.find(({ path }) => path === "body.number");
    assert.deepEqual(number?.range, [4001, 4022]);
    const other = more.map((rule) => ({ ...rule, step: "another" }));
    const { verdict } = await replayed(run, 1, { noise: other });
    assert.equal(verdict.matches, false);
    assert.equal(verdict.noiseCount, 0);
    await assert.rejects(
      replayed(run, 1, {
        noise: [{ ...number!, kind: "tme" as "time" }],
      }),
      { code: "INVALID_OPTION", message: /noise/ },
    );
  }));
