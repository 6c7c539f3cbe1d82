/** What the demo shows on a terminal. */
import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { stripVTControlCharacters } from "node:util";
import { createRun } from "../../mod.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { runDemo } from "./demo.ts";
import { showProgress } from "./progress_bar.ts";
import { describeRun } from "./report.ts";
import { PLAIN, styleFor } from "./terminal.ts";

test("showProgress() writes nothing when the output is no terminal", () => {
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text) };
  showProgress(output, () => assert.fail("not asked for"), 10)();
  assert.deepEqual(written, []);
});

test("showProgress() takes the bar away when it is stopped", () =>
  withTempDir(async (dir) => {
    const run = await createRun({ dir, sut_name: "none" });
    for (let i = 0; i < 5; i++) {
      run.startInstance({ scenario_id: "one" }).complete();
    }
    await run.finalize();
    const written: string[] = [];
    const output = {
      isTTY: true,
      columns: 60,
      write: (text: string) => written.push(text),
    };
    showProgress(output, () => run.stats, 10)();
    assert.equal(written.length, 2);
    assert.equal(
      stripVTControlCharacters(written[0]!),
      "\r█████░░░░░   5/10  0 failed  0 steps",
    );
    assert.equal(written[1], "\r\x1b[K");
  }));

test("styleFor() gives no colours when NO_COLOR is set or it is no terminal", () => {
  const { NO_COLOR, TERM } = process.env;
  const terminal = { isTTY: true, write: () => {} };
  try {
    process.env.TERM = "xterm";
    delete process.env.NO_COLOR;
    assert.notEqual(styleFor(terminal).red("x"), "x");
    assert.equal(styleFor({ write: () => {} }).red("x"), "x");
    process.env.NO_COLOR = "1";
    assert.equal(styleFor(terminal).red("x"), "x");
  } finally {
    restore("NO_COLOR", NO_COLOR);
    restore("TERM", TERM);
  }
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

test("describeRun() tells one failure in full when instances failed", () =>
  withTempDir(async (dir) => {
    const { path, service_log } = await runDemo({
      seed: 42,
      instances: 40,
      concurrency: 20,
      dir,
    });
    const report = await describeRun(path, service_log, PLAIN);
    assert.ok(report.startsWith(`${path}/\n├── manifest.json`));
    assert.match(report, /└── … 37 more\n/);
    assert.match(report, /all +40 +38 +2 +0\n/);
    assert.match(report, /2 instances failed\n/);
    const story = report.slice(report.lastIndexOf("\n\n"));
    assert.match(story, /^\s+inst_\d{3} \(\w+\) failed at step \d, "\w+"\n/);
    assert.match(story, /sent +POST \/\S+\n +\{".*\}\n/);
    assert.match(story, /came back +\d{3} after \d+ ms\n +\{".*\}\n/);
    assert.match(story, /broke +\w+: expected \d+, got \d+\n/);
    assert.match(story, /correlation +[0-9a-f]{32}\n/);
    assert.match(story, /service log +POST \/\S+: \w+/);
    assert.ok(story.includes(`${path}/artifacts/inst_`));
  }));

test("describeRun() shows control characters as escapes when data holds them", () =>
  withTempDir(async (dir) => {
    const hostile = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe\nnext line";
    const run = await createRun({ dir, sut_name: "hostile" });
    const instance = run.startInstance({ scenario_id: hostile });
    await instance.step({
      step_name: hostile,
      step_type: "http",
      observation: { status_code: 200, body: hostile },
      request: { method: hostile, url: hostile, headers: {}, body: hostile },
    });
    await instance.assertion({
      assertion_name: hostile,
      passed: false,
      expected: hostile,
      actual: hostile,
      message: hostile,
    });
    await instance.complete();
    await run.finalize();
    const log = {
      correlation_id: instance.correlation_id,
      method: "GET",
      path: hostile,
      status_code: 200,
      message: hostile,
    };
    const report = await describeRun(run.path, [log], PLAIN);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(report, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    assert.match(report, /\\u\{1b\}\]0;owned/);
    assert.doesNotMatch(report, /^next line/m);
  }));
