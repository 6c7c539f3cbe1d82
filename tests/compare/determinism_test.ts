/**
 * Two runs with the same seed and config are the same, whatever the order in
 * which things happen, whichever runtime records and reads them, and however
 * often they are interrupted.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import {
  ArtifactError,
  compareRuns,
  createRun,
  fingerprintRun,
  openRun,
  type RunComparison,
} from "../../mod.ts";
import { chance } from "../support/chance.ts";
import {
  command,
  finish,
  plainEnv,
  RUNTIME,
  type Runtime,
  WITH_ALL_RUNTIMES,
} from "../support/runtimes.ts";
import { recordShuffled, type ShuffledRun } from "../support/shuffled_run.ts";
import { withTempDir } from "../support/temp_dir.ts";

const SEED = 42;
const INSTANCES = 60;

function record(
  dir: string,
  run_id: string,
  options: Partial<ShuffledRun> = {},
): Promise<string> {
  return recordShuffled({
    dir,
    run_id,
    seed: SEED,
    instances: INSTANCES,
    ...options,
  });
}

async function fingerprint(path: string): Promise<string> {
  return await fingerprintRun(await openRun(path));
}

async function compare(a: string, b: string): Promise<RunComparison> {
  return await compareRuns(await openRun(a), await openRun(b));
}

async function assertSame(a: string, b: string): Promise<void> {
  const { identical, changes } = await compare(a, b);
  assert.deepEqual(changes, []);
  assert.equal(identical, true);
  assert.equal(await fingerprint(a), await fingerprint(b));
}

async function assertOther(a: string, b: string): Promise<void> {
  assert.equal((await compare(a, b)).identical, false);
  assert.notEqual(await fingerprint(a), await fingerprint(b));
}

test("a seed gives the same run, whatever the scheduling", () =>
  withTempDir(async (dir) => {
    const first = await record(dir, "run_1", { concurrency: 1 });
    assert.match(await fingerprint(first), /^[0-9a-f]{64}$/);
    for (let number = 2; number <= 4; number++) {
      await assertSame(first, await record(dir, `run_${number}`));
    }
    await assertOther(first, await record(dir, "run_s", { seed: 43 }));
    await assertOther(first, await record(dir, "run_n", { instances: 59 }));
  }));

test(
  "a seed gives the same run and fingerprint on Deno, Bun and Node",
  WITH_ALL_RUNTIMES,
  () =>
    withTempDir(async (dir) => {
      const first = await record(dir, "run_1");
      for (const runtime of ["deno", "bun", "node"] as const) {
        const { code, stdout, stderr } = await finish(
          ...recorder(dir, `run_${runtime}`, runtime),
        );
        assert.equal(code, 0, stderr);
        assert.ok(stdout.endsWith(`fingerprint ${await fingerprint(first)}\n`));
        await assertSame(first, join(dir, `run_${runtime}`));
      }
    }),
);

test(`a run that was killed and resumed is the same on ${RUNTIME}`, () =>
  withTempDir(async (dir) => {
    const first = await record(dir, "run_1");
    for (const run_id of ["run_2", "run_3"]) {
      let kills = 0;
      for (;; kills++) {
        const killed = kills < 3 &&
          await killAfter(recorder(dir, run_id, RUNTIME), 3 + chance.below(15));
        if (!killed) break;
      }
      assert.ok(kills > 0);
      const { code, stderr } = await finish(...recorder(dir, run_id, RUNTIME));
      // Where it had ended by itself there is nothing to go on with.
      assert.ok(code === 0 || /RUN_CLOSED|was completed/.test(stderr), stderr);
      await assertSame(first, join(dir, run_id));
    }
  }));

test("a run that was disposed and resumed is the same", () =>
  withTempDir(async (dir) => {
    const first = await record(dir, "run_1");
    for (const run_id of ["run_2", "run_3"]) {
      let ended = 0;
      const stopAt = 5 + chance.below(30);
      const half = await record(dir, run_id, {
        onEnd: () => ended++,
        isStopped: () => ended >= stopAt,
      });
      assert.equal((await openRun(half)).state, "interrupted");
      await assertOther(first, half);
      await record(dir, run_id);
      const { abandoned } = await abandonedIn(half);
      assert.ok(abandoned > 0, "nothing was attempted twice");
      await assertSame(first, half);
    }
  }));

test("the order of lines and of keys does not matter", () =>
  withTempDir(async (dir) => {
    const first = await record(dir, "run_1");
    const second = await record(dir, "run_2");
    for (const name of ["instances", "steps", "assertions"]) {
      await edit(second, `${name}.jsonl`, (text) => {
        const lines = text.split("\n").slice(0, -1).map(turnedRound);
        for (let i = lines.length - 1; i > 0; i--) {
          const j = chance.below(i + 1);
          [lines[i], lines[j]] = [lines[j]!, lines[i]!];
        }
        return lines.join("\n") + "\n";
      });
    }
    await assertSame(first, second);
  }));

test("one changed byte in one observation gives another fingerprint", () =>
  withTempDir(async (dir) => {
    const options = { instances: 5 };
    const first = await record(dir, "run_1", options);
    const second = await record(dir, "run_2", options);
    const before = await fingerprint(first);
    const steps = await readFile(join(second, "steps.jsonl"), "utf8");
    // What may change: all of the body, but for the ids that were echoed.
    const places = [...steps.matchAll(/"body":.*?"echo"/g)].flatMap((match) =>
      Array.from(match[0], (_, i) => match.index + 8 + i).slice(0, -10)
    ).filter((at) => /[a-z0-9]/.test(steps[at]!));
    let other = 0;
    for (let tries = 0; tries < 60; tries++) {
      const at = chance.pick(places);
      const byte = steps[at]! === "7" ? "8" : /\d/.test(steps[at]!) ? "7" : "q";
      await edit(
        second,
        "steps.jsonl",
        () => steps.slice(0, at) + byte + steps.slice(at + 1),
      );
      if (steps[at] === byte) continue;
      try {
        const { identical, counts, changes } = await compare(first, second);
        if (identical && await isSameValue(second, steps)) continue;
        assert.equal(identical, false, `${at}: ${byte}`);
        assert.equal(counts.changedStep, 1);
        assert.match(changes[0]!.differences[0]!.path, /^observation\.body/);
        assert.notEqual(await fingerprint(second), before);
        other++;
      } catch (error) {
        if (!(error instanceof ArtifactError)) throw error;
        assert.equal(error.code, "CORRUPT_LINE"); // 07 is not a number.
      }
    }
    assert.ok(other > 30);
    await edit(second, "steps.jsonl", () => steps);
    await assertSame(first, second);
  }));

test("volatile fields do not count, and all others do", () =>
  withTempDir(async (dir) => {
    const options = { instances: 5 };
    const first = await record(dir, "run_1", options);
    const second = await record(dir, "run_2", options);
    const change = async (
      same: boolean,
      file: string,
      from: RegExp,
      to: string,
    ) => {
      const before = await edit(second, file, (text) => {
        assert.match(text, from);
        return text.replace(from, to);
      });
      await (same ? assertSame : assertOther)(first, second);
      await edit(second, file, () => before);
    };
    const time = "2001-01-01T00:00:00.000Z";
    const same = change.bind(undefined, true);
    const other = change.bind(undefined, false);
    await same("manifest.json", /"timestamp": ".*?"/, `"timestamp": "${time}"`);
    await same("manifest.json", /"created_by": ".*?"/, '"created_by": "me"');
    await other("manifest.json", /"seed": 42/, '"seed": "42"');
    await other("manifest.json", /"instances": 5/, '"instances": 6');
    await other("manifest.json", /"refund"/, '"refunds"');
    await same("instances.jsonl", /"duration_ms":[\d.]+/, '"duration_ms":1');
    await same(
      "instances.jsonl",
      /"started_at":".*?"/,
      `"started_at":"${time}"`,
    );
    await other("instances.jsonl", /"number":1/, '"number":2');
    await other("instances.jsonl", /"error":/, '"unknown":1,"error":');
    await same("steps.jsonl", /"latency_ms":[\d.e-]+/, '"latency_ms":1');
    await other("steps.jsonl", /"latency_ms":/, '"latency":1,"latency_ms":');
    await other("steps.jsonl", /"body":\{/, '"body":{"timestamp":1,');
    await other("steps.jsonl", /"step_type":"http"/, '"step_type":"https"');
    await other("steps.jsonl", /you are [0-9a-f]{8}/, "you are 00000000");
    await other("assertions.jsonl", /"expected":200/, '"expected":null');
    await same("summary.json", /"p95_latency_ms": .*,/, '"p95_latency_ms": 0,');
    await other("summary.json", /"total_steps": /, '"total_steps": 1');
    await other("summary.json", /"completed"/, '"interrupted"');
    const dirs = await openRun(second);
    await writeFile(join(dirs.path, "artifacts", "inst_001", "new.txt"), "x");
    await assertOther(first, second);
  }));

function recorder(
  dir: string,
  run_id: string,
  runtime: Runtime,
): [program: string, args: string[]] {
  return command(runtime, "tests/programs/record_seeded.ts", [
    dir,
    run_id,
    String(SEED),
    String(chance.below(1e9)),
    String(1 + chance.below(30)),
    String(INSTANCES),
  ]);
}

/** Kills a recorder after so many instances; false where it ended before. */
function killAfter(
  [program, args]: [string, string[]],
  instances: number,
): Promise<boolean> {
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "ignore"],
    env: plainEnv(),
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
    if (output.split("\n").length > instances) child.kill("SIGKILL");
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve(!output.includes("fingerprint")));
  });
}

async function edit(
  path: string,
  file: string,
  change: (text: string) => string,
): Promise<string> {
  const before = await readFile(join(path, file), "utf8");
  await writeFile(join(path, file), change(before));
  return before;
}

/** The same JSON with the keys of all objects in the other order. */
function turnedRound(line: string): string {
  return JSON.stringify(
    JSON.parse(line),
    (_, value) =>
      value === null || typeof value !== "object" || Array.isArray(value)
        ? value
        : Object.fromEntries(Object.entries(value).reverse()),
  );
}

/** The seventeenth digit of a number may leave it the number that it was. */
async function isSameValue(path: string, steps: string): Promise<boolean> {
  const values = (text: string) =>
    text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  const changed = await readFile(join(path, "steps.jsonl"), "utf8");
  return isDeepStrictEqual(values(changed), values(steps));
}

async function abandonedIn(path: string): Promise<{ abandoned: number }> {
  const run = await openRun(path);
  let abandoned = 0;
  const seen = new Set<string>();
  for await (const { instance_id } of run.steps()) {
    if (seen.has(instance_id)) continue;
    seen.add(instance_id);
    abandoned += (await run.instance(instance_id)).abandoned.steps.length;
  }
  return { abandoned };
}

test("numbers of secrets depend on the order of ends, and are not compared", () =>
  withTempDir(async (dir) => {
    const recordIn = async (run_id: string, order: number[]) => {
      const run = await createRun({ dir, run_id, sut_name: "shop" });
      const instance = run.startInstance({ scenario_id: "checkout" });
      const steps = order.map(() =>
        instance.startStep({ step_name: "buy", step_type: "http" })
      );
      for (const i of order) {
        await steps[i]!.end({
          observation: {
            headers: { "set-cookie": `sid=t${i}`, location: `/?token=t${i}` },
            body: `{"access_token":"t${i}","n":${i}}`,
            inner: { token: `t${i}`, body: `token=t${i}` },
          },
        });
      }
      await instance.complete();
      await run.finalize();
      return run.path;
    };
    const paths = [
      await recordIn("run_a", [0, 1, 2]),
      await recordIn("run_b", [2, 0, 1]),
    ];
    const [a, b] = await Promise.all(
      paths.map((path) => readFile(join(path, "steps.jsonl"), "utf8")),
    );
    const first = (text: string) =>
      /"step_index":0.*?sid=\$\{(\d)\}/.exec(text)![1];
    assert.deepEqual([first(a!), first(b!)], ["1", "2"]);
    await assertSame(paths[0]!, paths[1]!);
  }));
