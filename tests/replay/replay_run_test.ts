import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  ArtifactError,
  compareRuns,
  createRun,
  type CreateRunOptions,
  httpExecutor,
  openRun,
  type ReplayExecutor,
  replayRun,
  type ReplayRunOptions,
  type RunReader,
  verifyRun,
} from "../../mod.ts";
import { withHttpService } from "../support/http_service.ts";
import { aRun, type InstancePlan, recordRun } from "../support/run_builder.ts";
import {
  PASSWORD,
  sessionShop,
  signInByForm,
} from "../support/session_shop.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** Instances that sent their number, and saw it. */
function countingInstances(count: number): InstancePlan[] {
  return Array.from({ length: count }, (_, n) => ({
    steps: [{ request: { n }, observation: { body: { n } } }],
    completion: { passed: n % 3 !== 0 },
  }));
}

const echo: ReplayExecutor = (_, { request }) => ({ body: request! });

function into(
  dir: string,
  run: RunReader,
  options: Partial<CreateRunOptions> = {},
) {
  const config = { replay_of: run.run_id };
  return createRun({
    dir,
    run_id: "run_2",
    sut_name: "shop",
    config,
    ...options,
  });
}

async function everythingIn(path: string): Promise<string> {
  let text = "";
  for (const name of await readdir(path, { recursive: true })) {
    const file = join(path, name);
    if ((await stat(file)).isFile()) text += await readFile(file, "utf8");
  }
  return text;
}

test("replayRun() replays sessions side by side, and records them as a run", () =>
  withTempDir(async (dir) => {
    const recorded = await aRun(dir);
    await withHttpService(sessionShop(), async ({ baseUrl }) => {
      for (let i = 0; i < 4; i++) {
        const one = recorded.startInstance({ scenario_id: "checkout" });
        await signInByForm(one, baseUrl);
        await one.complete();
      }
    });
    await recorded.finalize();
    const run = await openRun(recorded.path);
    const replay = async (run_id: string, discount: number) => {
      const target = await into(dir, run, { run_id });
      const result = await withHttpService(
        sessionShop({ discount }),
        ({ baseUrl }) =>
          replayRun(run, httpExecutor({ baseUrl }), {
            secrets: { password: PASSWORD },
            concurrency: 3,
            into: target,
          }),
      );
      const summary = await target.finalize();
      assert.equal((await verifyRun(target.path)).ok, true);
      assert(!(await everythingIn(target.path)).includes(PASSWORD));
      return { ...result, summary, path: target.path };
    };
    const good = await replay("run_2", 0);
    assert.equal(good.matches, true, `${good.reason}`);
    assert.deepEqual([good.wanted, good.matching], [4, 4]);
    assert.equal(good.summary.pass_count, 4);
    assert.equal(good.stepsReplayed, 16);
    const bad = await replay("run_3", 1);
    assert.deepEqual([bad.matches, bad.different], [false, 4]);
    assert.equal(bad.reason, "4 of 4 instances differ");
    const text = await readFile(join(bad.path, "assertions.jsonl"), "utf8");
    assert.match(text, /body\.total: recorded 30, now 29/);
    const compared = await compareRuns(
      await openRun(good.path),
      await openRun(bad.path),
    );
    assert.deepEqual(compared.passRate, { a: 100, b: 0 });
  }));

test("replayRun() replays those that are asked for, by their last attempt", () =>
  withTempDir(async (dir) => {
    const plans = countingInstances(9);
    plans[8]!.retry_of = "inst_001";
    const run = await openRun(await recordRun(dir, plans));
    const replayed = async (options: ReplayRunOptions) => {
      const ids: string[] = [];
      const result = await replayRun(run, echo, {
        ...options,
        onInstance: ({ instance_id }) => ids.push(instance_id),
      });
      assert.equal(result.matches, true, `${result.reason}`);
      assert.equal(result.wanted, ids.length);
      return ids.map((id) => Number(id.slice(-3))).sort().join(" ");
    };
    assert.equal(await replayed({}), "2 3 4 5 6 7 8 9");
    assert.equal(await replayed({ failed: true }), "4 7");
    assert.equal(await replayed({ sample: 3 }), "4 7 9");
    const only = ({ instance_id }: { instance_id: string }) =>
      instance_id > "inst_005";
    assert.equal(await replayed({ only, sample: 100 }), "6 7 8 9");
    const none = await replayRun(run, echo, { only: () => false });
    assert.deepEqual([none.matches, none.reason], [
      false,
      "No instance was asked for",
    ]);
  }));

test("replayRun() ends when the service is dead, and says what was done", () =>
  withTempDir(async (dir) => {
    const run = await openRun(await recordRun(dir, countingInstances(40)));
    let calls = 0;
    const dying: ReplayExecutor = (step, context) => {
      if (++calls > 5) throw new Error("refused");
      return echo(step, context);
    };
    const target = await into(dir, run);
    const result = await replayRun(run, dying, {
      concurrency: 1,
      unansweredMax: 3,
      into: target,
    });
    assert.deepEqual([result.matching, result.different], [5, 3]);
    assert.equal(
      result.reason,
      "Ended after 8 of 40 instances: no step of the last 3 instances got an answer: refused; 3 of 40 instances differ",
    );
    assert.equal((await target.finalize()).total_instances, 8);
  }));

test("an instance whose recording lacks something has no verdict", () =>
  withTempDir(async (dir) => {
    const plans = countingInstances(3);
    delete plans[1]!.steps![0]!.request;
    plans.push({ ...countingInstances(1)[0], completion: false });
    const path = await recordRun(dir, plans);
    const run = await openRun(path);
    const target = await into(dir, run);
    const result = await replayRun(run, echo, { into: target });
    assert.deepEqual([result.matching, result.incomplete], [2, 1]);
    assert.equal(result.matches, false);
    assert.deepEqual(result.missing, [
      { reason: "step 0 has no recorded request", count: 1 },
    ]);
    assert.equal((await target.finalize()).skip_count, 1);
  }));

test("what a rule of the recorded run took out does not get into the replay's", () =>
  withTempDir(async (dir) => {
    const path = await recordRun(dir, [{
      entry_data: { card: "card-number-1" },
      steps: [{
        request: { card: "card-number-1" },
        observation: { items: [{ card: "card-number-1" }] },
      }],
    }], { redact: { paths: ["**.card"] } });
    const run = await openRun(path);
    const target = await into(dir, run);
    const shop = () => ({
      items: [{ card: "card-number-2" }, { card: "card-number-3" }],
    });
    await replayRun(run, shop, {
      into: target,
      secrets: { card: "card-number-1" },
    });
    await target.finalize();
    assert.doesNotMatch(await everythingIn(target.path), /card-number/);
  }));

test("replayRun() begins no more steps in a second than it may", () =>
  withTempDir(async (dir) => {
    const run = await openRun(await recordRun(dir, countingInstances(6)));
    const times: number[] = [];
    const timed: ReplayExecutor = (step, context) => {
      times.push(performance.now());
      return echo(step, context);
    };
    await replayRun(run, { http: timed }, { stepsPerSecond: 50 });
    assert.ok(times[5]! - times[0]! > 80, `${times}`);
  }));

test("replayRun() refuses wrong options, and passes on what an executor refuses", () =>
  withTempDir(async (dir) => {
    const run = await openRun(await recordRun(dir, countingInstances(2)));
    const target = await aRun(dir, { run_id: "run_2" });
    await assert.rejects(replayRun(run, echo, { into: target }), {
      code: "INVALID_OPTION",
      message:
        'Cannot record the replay of run "run_1" into run "run_2": create it with config: { replay_of: "run_1" }',
    });
    const wrong = { concurency: 2 } as ReplayRunOptions;
    await assert.rejects(replayRun(run, echo, wrong), /concurency/);
    const refusing = () => {
      throw new ArtifactError("INVALID_OPTION", "no such service");
    };
    await assert.rejects(replayRun(run, refusing), /no such service/);
    await assert.rejects(
      replayRun(run, echo, { signal: AbortSignal.abort(new Error("enough")) }),
      /enough/,
    );
    await target.finalize();
  }));
