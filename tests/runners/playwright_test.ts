import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type InstanceTrace, listRuns } from "../../mod.ts";
import {
  playwrightReporter,
  type PlaywrightResult,
  type PlaywrightTest,
} from "../../src/runners/playwright.ts";
import { withTempDir } from "../support/temp_dir.ts";

const passing: PlaywrightTest = {
  id: "a-1",
  expectedStatus: "passed",
  titlePath: () => ["", "", "shop.test.ts", "cart", "adds an item"],
};
const passed: PlaywrightResult = {
  retry: 0,
  status: "passed",
  startTime: new Date("2024-01-15T10:30:00.000Z"),
  attachments: [],
};

/** Reports results, and returns their instances in the order of their ids. */
async function report(
  dir: string,
  results: [PlaywrightTest, PlaywrightResult][],
): Promise<{ traces: InstanceTrace[]; error: unknown }> {
  const Reporter = playwrightReporter({
    dir,
    run_id: "run_1",
    sut_name: "shop",
  });
  const reporter = new Reporter();
  reporter.onBegin();
  for (const result of results) reporter.onTestEnd(...result);
  const error = await reporter.onEnd().catch((error) => error);
  const traces: InstanceTrace[] = [];
  for await (const { run } of listRuns(dir)) {
    assert.equal(run!.state, "completed");
    for await (const { instance_id } of run!.instances()) {
      traces.push(await run!.instance(instance_id));
    }
  }
  return { traces, error };
}

test("playwrightReporter() records attempts, verdicts and names", () =>
  withTempDir(async (dir) => {
    const fails = {
      ...passing,
      id: "b-2",
      titlePath: () => ["", "ff", "x.ts", "y"],
    };
    const failed = {
      ...passed,
      status: "failed",
      error: { message: "expected \u001b[31m12\u001b[39m" },
    };
    const { traces, error } = await report(dir, [
      [passing, passed],
      [fails, failed],
      [fails, { ...failed, retry: 1, status: "timedOut", error: undefined }],
      [{ ...passing, id: "c-3" }, { ...passed, status: "skipped" }],
      [{ ...passing, id: "d-4", expectedStatus: "failed" }, failed],
    ]);
    assert.equal(error, undefined);
    assert.deepEqual(
      traces.map(({ instance }) => [
        instance!.instance_id,
        instance!.scenario_id,
        instance!.instance_key,
        instance!.retry_of,
        instance!.passed,
        instance!.error?.message ?? null,
      ]),
      [
        ["a-1_0", "shop.test.ts", "cart > adds an item", null, true, null],
        ["b-2_0", "x.ts", "ff > y", null, false, "expected 12"],
        ["b-2_1", "x.ts", "ff > y", "b-2_0", false, "timedOut"],
        ["c-3_0", "shop.test.ts", "cart > adds an item", null, null, null],
        ["d-4_0", "shop.test.ts", "cart > adds an item", null, true, null],
      ],
    );
    assert.equal(traces[0]!.instance!.started_at, "2024-01-15T10:30:00.000Z");
  }));

test("playwrightReporter() records attachments of any name, and reports those that it cannot read", () =>
  withTempDir(async (dir) => {
    const path = join(dir, "page.png");
    await writeFile(path, "PNG");
    const body = new TextEncoder().encode("{}");
    const { traces, error } = await report(join(dir, "runs"), [[passing, {
      ...passed,
      attachments: [
        { name: "screenshot", path },
        { name: "screenshot", path },
        { name: "gone", path: join(dir, "gone.png") },
        { name: "log in / answer", body },
        { name: "empty" },
      ],
    }]]);
    assert.match(String((error as Error).message), /gone\.png/);
    const [{ instance, artifacts }] = traces as [InstanceTrace];
    assert.equal(instance!.passed, true);
    const texts: Record<string, string> = {};
    for (const file of artifacts) texts[file.name] = await file.text();
    assert.deepEqual(texts, {
      "2_page.png": "PNG",
      "attachment": "{}",
      "page.png": "PNG",
    });
  }));

test("playwrightReporter() reports a run that cannot be created", () =>
  withTempDir(async (dir) => {
    const [first, second] = [
      await report(dir, []),
      await report(dir, [[passing, passed]]),
    ];
    assert.equal(first.error, undefined);
    assert.equal((second.error as { code: string }).code, "RUN_EXISTS");
  }));
