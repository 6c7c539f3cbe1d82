import assert from "node:assert/strict";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { compareRuns, fingerprintRun, openRun } from "../../mod.ts";
import { NormalLines } from "../../src/compare/normal_lines.ts";
import { runPaths } from "../../src/format/layout.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

const COUNT = 500;

/** A run of 500 instances, with a step that got the correlation id back. */
async function record(dir: string, run_id: string): Promise<string> {
  const run = await aRun(dir, { run_id });
  for (let i = 0; i < COUNT; i++) {
    const one = run.startInstance({ scenario_id: "checkout" });
    const step = await one.step({
      step_name: i % 2 ? "pay" : "cart",
      step_type: "http",
      observation: {
        latency_ms: i / 8,
        headers: one.headers(),
        body: { text: 'a "quoted" é\n', price: 0.1 },
      },
    });
    step.assertion({ assertion_name: "paid", passed: i % 3 > 0 });
    one.complete();
  }
  await run.finalize();
  return run.path;
}

async function parsedLines(path: string): Promise<Record<string, number[]>> {
  const { fs } = await openRun(path);
  const counts: Record<string, number[]> = {};
  for (const kind of ["instance", "step", "assertion"] as const) {
    const lines = await NormalLines.open(fs, runPaths(path), kind, {
      counts: () => true,
      nameOf: (id) => id,
    });
    let count = 0;
    while (await lines.nextBlock()) while (lines.nextLine()) count++;
    await lines.close();
    counts[kind] = [count, lines.parsedCount];
  }
  return counts;
}

test("NormalLines parses no line as this library writes it", () =>
  withTempDir(async (dir) => {
    assert.deepEqual(await parsedLines(await record(dir, "run_1")), {
      instance: [COUNT, 0],
      step: [COUNT, 0],
      assertion: [COUNT, 0],
    });
  }));

test("NormalLines has the same hashes for lines that have to be parsed", () =>
  withTempDir(async (dir) => {
    const [a, b] = [await record(dir, "run_1"), await record(dir, "run_2")];
    const fingerprint = await fingerprintRun(await openRun(a));
    for (const name of ["instances", "steps", "assertions"]) {
      const file = join(b, `${name}.jsonl`);
      const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
      const turned = lines.reverse().map((line) => {
        const members = Object.entries(JSON.parse(line)).reverse();
        return JSON.stringify(Object.fromEntries(members)) + "\n";
      });
      await writeFile(file, turned.join(""));
    }
    assert.deepEqual(await parsedLines(b), {
      instance: [COUNT, COUNT],
      step: [COUNT, COUNT],
      assertion: [COUNT, COUNT],
    });
    assert.equal(await fingerprintRun(await openRun(b)), fingerprint);
    const { identical, latency, latencyByStep } = await compareRuns(
      await openRun(a),
      await openRun(b),
    );
    assert.ok(identical);
    assert.equal(latency.a.count, COUNT);
    assert.deepEqual(latency.a, latency.b);
    assert.deepEqual(Object.keys(latencyByStep), ["cart", "pay"]);
  }));

test("NormalLines says where a bad line stands", () =>
  withTempDir(async (dir) => {
    const path = await record(dir, "run_1");
    const file = join(path, "steps.jsonl");
    const good = await readFile(file);
    for (const bad of ["{}", "", '{"instance_id":"inst_001"', "\xff"]) {
      await writeFile(file, good);
      await appendFile(file, bad + "\n", "latin1");
      await assert.rejects(fingerprintRun(await openRun(path)), {
        code: "CORRUPT_LINE",
        line: COUNT + 1,
        offset: good.length,
      });
    }
  }));
