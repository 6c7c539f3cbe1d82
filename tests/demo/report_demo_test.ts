/** What the demo shows on a terminal. */
import assert from "node:assert/strict";
import test from "node:test";
import { createRun } from "../../mod.ts";
import { Captured } from "../cli/transcript.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { runDemo } from "./demo.ts";
import { describeRun } from "./report.ts";
import type { LogEntry } from "./service.ts";

async function reportOf(
  path: string,
  serviceLog: readonly LogEntry[],
): Promise<string> {
  const [stdout, stderr] = [new Captured(), new Captured()];
  await describeRun(path, serviceLog, { stdout, stderr, env: {} });
  assert.equal(stderr.text, "");
  return stdout.text;
}

test("describeRun() describes one failure in full when instances failed", () =>
  withTempDir(async (dir) => {
    const { path, serviceLog } = await runDemo({
      seed: 42,
      instances: 40,
      concurrency: 20,
      dir,
    });
    const report = await reportOf(path, serviceLog);
    assert.ok(report.startsWith(`${path}/\n├── manifest.json`));
    assert.match(report, /└── … 37 more\n/);
    assert.match(report, /all +40 +38 +2 +0 +95 %\n/);
    assert.match(report, /2 instances failed, by cause\n/);
    assert.match(report, /\ninst_\d{3} +failed +\w+, /);
    assert.match(report, /request +POST \/\S+\n +\{\n/);
    assert.match(report, /failed +✗ \w+\n +expected +\d+\n +actual +\d+\n/);
    assert.match(report, /The service's log of [0-9a-f]{32}\nPOST \/\S+: \w+/);
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
    const report = await reportOf(run.path, [log]);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(report, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    assert.match(report, /\\u\{1b\}\]0;owned/);
    assert.doesNotMatch(report, /^next line/m);
  }));
