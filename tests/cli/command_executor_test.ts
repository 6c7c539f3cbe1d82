import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openRun, replayInstance } from "../../mod.ts";
import { Programs } from "../../src/cli/programs.ts";
import { recordRun } from "../support/run_builder.ts";
import { command, RUNTIME } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** Adds numbers, and knows its own process: two answers at a time, the last first. */
const ADDER = `
import { createInterface } from "node:readline";
import process from "node:process";
let waiting = [];
const write = () => {
  for (const line of waiting.reverse()) process.stdout.write(line + "\\n");
  waiting = [];
};
for await (const line of createInterface({ input: process.stdin })) {
  const { id, step, context } = JSON.parse(line);
  const { a, b, as } = context.request;
  if (as === "exit") process.exit(3);
  const answer = as === "error"
    ? { id, error: "it broke" }
    : as === "refused"
    ? { id, refused: "no such sum" }
    : as === "nothing"
    ? { id }
    : as === "stranger"
    ? { id: 99, observation: {} }
    : { id, observation: { ok: true, sum: a + b, name: step.step_name, pid: process.pid } };
  waiting.push(as === "text" ? "hello" : JSON.stringify(answer));
  write();
}
`;

async function withAdder(
  as: (string | undefined)[],
  body: (
    replay: (command: string) => Promise<{
      errors: (string | null)[];
      pids: Set<unknown>;
      matches: boolean;
      skipped: number;
    }>,
    line: string,
  ) => Promise<void>,
): Promise<void> {
  await withTempDir(async (dir) => {
    const file = join(dir, "adder.mjs");
    await writeFile(file, ADDER);
    const run = await openRun(
      await recordRun(dir, [{
        steps: as.map((as, i) => ({
          step_type: "sum",
          request: { a: 1, b: i, ...(as && { as }) },
          observation: { ok: true, sum: 1 + i, name: "pay" },
        })),
      }]),
    );
    const [program, args] = command(RUNTIME, file);
    const line = [program, ...args].map((word) => `"${word}"`).join(" ");
    await body(async (text) => {
      await using programs = new Programs([text]);
      const replay = replayInstance(
        run,
        "inst_001",
        { sum: programs.executorOf("sum")! },
        { ignore: ["pid"], allowIncomplete: true },
      );
      const steps = await Array.fromAsync(replay);
      const { matches, stepsSkipped } = await replay.verdict();
      return {
        errors: steps.map(({ error }) => error),
        pids: new Set(steps.map(({ actual }) => actual?.["pid"])),
        matches,
        skipped: stepsSkipped,
      };
    }, line);
  });
}

test("a program executes the steps of a replay, in one process", () =>
  withAdder([undefined, undefined, undefined], async (replay, line) => {
    for (const text of [line, `sum=${line}`]) {
      const { errors, pids, matches } = await replay(text);
      assert.deepEqual(errors, [null, null, null]);
      assert.equal(matches, true);
      assert.equal(pids.size, 1);
    }
  }));

test("what a program says of a step is its error, or that it was skipped", () =>
  withAdder(["error", "refused", "nothing"], async (replay, line) => {
    const { errors, matches, skipped } = await replay(line);
    assert.deepEqual(errors.slice(0, 2), ["it broke", "no such sum"]);
    assert.match(errors[2]!, /^The program gave no observation: /);
    assert.deepEqual([matches, skipped], [false, 1]);
  }));

test("a program that ends, or breaks the rules, is named in each later step", async () => {
  for (
    const [as, reason] of [
      ["exit", /^The program .*adder\.mjs.* ended with exit code 3$/],
      ["text", /wrote a line that is not JSON: hello$/],
      ["stranger", /a step that was not asked for: "id" is 99$/],
    ] as const
  ) {
    await withAdder([as, undefined], async (replay, line) => {
      const { errors } = await replay(line);
      for (const error of errors) assert.match(error!, reason);
    });
  }
});

test("programs are by the type of their steps", () => {
  const programs = new Programs(["sql=./run-sql --fast=1"]);
  assert.equal(programs.areForAll, false);
  assert.equal(programs.executorOf("http"), undefined);
  assert.ok(programs.executorOf("sql"));
  assert.equal(new Programs(["./run all=1"]).areForAll, true);
});
