/**
 * The demo as a whole: what it records, and that it records the same whenever
 * and wherever it runs.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import {
  fingerprintRun,
  httpExecutor,
  openRun,
  replayInstance,
  type ReplayVerdict,
  type Seed,
  verifyRun,
} from "../../mod.ts";
import {
  type DemoOptions,
  type DemoResult,
  runDemo,
  startDemoService,
} from "./demo.ts";
import { readRecordedRun } from "./recorded_run.ts";
import { type Service, startService } from "./service.ts";
import {
  command,
  finish,
  type Finished,
  ONCE,
  ROOT,
  RUNTIME,
  type Runtime,
  WITH_ALL_RUNTIMES,
} from "../support/runtimes.ts";
import { runWorkers } from "./workers.ts";
import { withTempDir } from "../support/temp_dir.ts";

function record(
  dir: string,
  options: Partial<DemoOptions> = {},
): Promise<DemoResult> {
  return runDemo({
    seed: 42,
    instances: 100,
    concurrency: 50,
    dir,
    ...options,
  });
}

async function failedCustomers(path: string): Promise<unknown[]> {
  const run = await openRun(path);
  const failed = await Array.fromAsync(run.instances({ passed: false }));
  return failed.map(({ entry_data }) => entry_data.customer_id).sort();
}

test(
  "four processes, one of them killed, record the run of one process",
  ONCE,
  () =>
    withTempDir(async (dir) => {
      const options = { seed: 42, instances: 100, concurrency: 5 };
      const { path } = await runWorkers(
        { ...options, dir, run_id: "run_1" },
        4,
      );
      const one = await record(join(dir, "one"), {
        ...options,
        run_id: "run_1",
      });
      const run = await openRun(path);
      assert.equal(run.manifest.merged_from.length, 4);
      const { pass_count, fail_count, incomplete_count } = run.summary!;
      assert.deepEqual([pass_count, fail_count, incomplete_count], [95, 5, 0]);
      assert.deepEqual((await verifyRun(path)).problems, []);
      assert.equal(
        await fingerprintRun(run),
        await fingerprintRun(await openRun(one.path)),
      );
      const killed = await openRun(join(dir, "run_1.shard-2-of-4"));
      assert.equal(killed.manifest.shard?.index, 2);
    }),
);

test("runDemo() passes 95 of 100 and fails 5 in five ways when the seed is 42", () =>
  withTempDir(async (dir) => {
    const { path, summary } = await record(dir);
    const written = JSON.parse(
      await readFile(join(path, "summary.json"), "utf8"),
    );
    assert.deepEqual(written, summary);
    assert.equal(written.status, "completed");
    assert.equal(written.total_instances, 100);
    assert.equal(written.pass_count, 95);
    assert.equal(written.fail_count, 5);
    assert.equal(written.error_count, 1);
    assert.equal(written.pass_rate, 95);
    assert.equal(typeof written.duration_ms, "number");

    const run = await openRun(path);
    const broken = await Array.fromAsync(run.assertions({ passed: false }));
    const instances = await Array.fromAsync(run.instances({ hasError: true }));
    const ways = [
      ...broken.map(({ assertion_name: name, actual }) =>
        name === "status" ? `${name} ${actual}` : name
      ),
      ...instances.map(({ error }) => error!.message),
    ];
    assert.deepEqual(ways.sort(), [
      "POST /orders failed: Connection lost before the whole answer came",
      "cart_total_cents",
      "refund_amount_cents",
      "status 402",
      "status 502",
    ]);
  }));

test("runDemo() fails 5 other customers when the seed is another", () =>
  withTempDir(async (dir) => {
    const failed = new Map<Seed, unknown[]>();
    for (const seed of [43, "a text"]) {
      const { path, summary } = await record(dir, { seed });
      assert.equal(summary.pass_count, 95, `seed ${seed}`);
      failed.set(seed, await failedCustomers(path));
      assert.equal(failed.get(seed)?.length, 5, `seed ${seed}`);
    }
    assert.notDeepEqual(failed.get(43), failed.get("a text"));
  }));

test("runDemo() records the same when 1 or 17 instances run at once", () =>
  withTempDir(async (dir) => {
    const one = await record(dir, { instances: 30, concurrency: 1 });
    const many = await record(dir, { instances: 30, concurrency: 17 });
    const expected = await readRecordedRun(one.path);
    const actual = await readRecordedRun(many.path);
    assert.deepEqual(actual.tree, expected.tree);
    assert.deepEqual(actual.lines, expected.lines);
    assert.deepEqual(actual.artifacts, expected.artifacts);
    assert.deepEqual(actual.summary, expected.summary);
    // Other run ids, and so other correlation ids: left out, not absent.
    assert.notDeepEqual(actual.rawArtifacts, expected.rawArtifacts);
  }));

test("runDemo() sends the correlation ids that it records when it calls the service", () =>
  withTempDir(async (dir) => {
    const { path, serviceLog } = await record(dir, { instances: 40 });
    const sent = new Set<string>();
    for await (const step of (await openRun(path)).steps()) {
      const request = JSON.parse(
        await readFile(join(path, step.artifacts[0]!), "utf8"),
      );
      const { method, url, headers } = request;
      assert.equal(headers["x-correlation-id"], step.correlation_id);
      assert.match(headers.traceparent, new RegExp(step.correlation_id));
      sent.add(`${step.correlation_id} ${method} ${url}`);
      if (step.observation.status_code === null) continue;
      const echoed = step.observation.headers?.["x-correlation-id"];
      assert.equal(echoed, step.correlation_id);
    }
    // As sets: an item may be added twice, and Deno sends a dropped request again.
    const served = new Set(
      serviceLog.map((entry) =>
        `${entry.correlation_id} ${entry.method} ${entry.path}`
      ),
    );
    assert.ok(sent.size > 40);
    assert.deepEqual([...sent].sort(), [...served].sort());
  }));

test("runDemo() keeps host and port out of the recording when it records urls", () =>
  withTempDir(async (dir) => {
    const { path } = await record(dir, { instances: 20 });
    for (const name of (await readRecordedRun(path)).tree) {
      const content = await readFile(join(path, name), "utf8");
      assert.doesNotMatch(content, /127\.0\.0\.1|localhost/, name);
    }
  }));

test("each failure comes again in a replay, and not when it is fixed", () =>
  withTempDir(async (dir) => {
    const run = await openRun((await record(dir)).path);
    const replay = async (id: string, service: Service) => {
      const { baseUrl } = service;
      try {
        return await replayInstance(run, id, httpExecutor({ baseUrl }))
          .verdict();
      } finally {
        await service.close();
      }
    };
    let failures = 0;
    for await (const { instance_id } of run.instances({ passed: false })) {
      const tell = (verdict: ReplayVerdict) =>
        `${instance_id}: ${JSON.stringify(verdict)}`;
      const again = await replay(instance_id, await startDemoService(42, 100));
      assert.equal(again.matches, true, tell(again));
      assert.ok(again.comparedCount > 10, tell(again));
      const fixed = await replay(
        instance_id,
        await startService(42, new Map()),
      );
      assert.equal(fixed.matches, false, tell(fixed));
      assert.equal(fixed.stepsDifferent, 1, tell(fixed));
      failures++;
    }
    assert.equal(failures, 5);
  }));

test("runDemo() leaves an interrupted run when it fails itself", () =>
  withTempDir(async (dir) => {
    const onStart = () => {
      throw new Error("on purpose");
    };
    await assert.rejects(
      record(dir, { run_id: "run_broken", onStart }),
      /on purpose/,
    );
    const run = await openRun(join(dir, "run_broken"));
    assert.equal(run.state, "interrupted");
  }));

test(
  "main.ts records the same when it runs on Node, Bun and Deno",
  WITH_ALL_RUNTIMES,
  () =>
    withTempDir(async (dir) => {
      const runs = await Promise.all(
        (["node", "bun", "deno"] as const).map(async (name) => {
          const { code, stdout, stderr } = await startDemo(name, [
            `--dir=${join(dir, name)}`,
            "--run-id=run_same",
          ]);
          assert.equal(code, 0, `${name}: ${stderr}`);
          assert.equal(stderr, "", name);
          assert.match(stdout, /all +100 +95 +5 +1 +95 %/, name);
          return {
            name,
            run: await readRecordedRun(join(dir, name, "run_same")),
          };
        }),
      );
      const [expected, ...others] = runs;
      assert.ok(expected!.run.tree.length > 1000);
      // Other nonces, and so other ids in what was sent.
      const { rawArtifacts: _, ...same } = expected!.run;
      for (const { name, run } of others) {
        const { rawArtifacts: _, ...found } = run;
        assert.deepEqual(found, same, `${name} against ${expected!.name}`);
      }
    }),
);

test(`main.ts replays a failure with --replay on ${RUNTIME}`, () =>
  withTempDir(async (dir) => {
    const { code, stdout, stderr } = await startDemo(RUNTIME, [
      `--dir=${dir}`,
      "--replay",
    ]);
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /as it was\n\n.*\n(?:✓ .*\n){7}\nIt matches the recording\n/,
    );
    assert.match(
      stdout,
      /fixed service\n\n.*\n(?:✓ .*\n){6}✗ 6 {2}refund\n/,
    );
    assert.match(stdout, /body\.amount_cents +recorded 15019 +now 17670\n/);
    assert.match(stdout, /\n1 of 7 steps differ\n/);
  }));

test("main.ts exits with 2 and creates nothing when an argument is wrong", () =>
  withTempDir(async (dir) => {
    const runs = join(dir, "runs");
    for (const wrong of ["--speed=9", "--instances=none", "--run-id=a/b"]) {
      const { code, stdout, stderr } = await startDemo(RUNTIME, [
        `--dir=${runs}`,
        wrong,
      ]);
      assert.equal(code, 2, wrong);
      assert.equal(stdout, "", wrong);
      assert.match(stderr, /^[-"\w ]+.*(?:speed|instances|a run id)/, wrong);
    }
    assert.equal(existsSync(runs), false);
  }));

function startDemo(runtime: Runtime, options: string[]): Promise<Finished> {
  const main = join(ROOT, "tests", "demo", "main.ts");
  return finish(...command(runtime, main, options));
}
