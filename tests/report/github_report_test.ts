import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { githubReport, openRun } from "../../mod.ts";
import { callWta } from "../cli/transcript.ts";
import { recordRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

const HOSTILE = "50%\n::error::owned\r\u2028|`@all` <img src=x>,:";

/** Instances that failed, each for another cause. */
const causes = (count: number, text: string) =>
  Array.from({ length: count }, (_, i) => ({
    scenario_id: text,
    assertions: [{
      assertion_name: `${i} ${text}`,
      passed: false,
      message: text,
    }],
  }));

test("githubReport() keeps to ten annotations of a kind, each in one line", () =>
  withTempDir(async (dir) => {
    const path = await recordRun(dir, [
      ...causes(12, HOSTILE),
      { instance_id: "again", assertions: [{ passed: false }] },
      { retry_of: "again", assertions: [{}] },
      { completion: false as const },
    ], { durability: "os" });
    const { annotations, summary } = await githubReport(await openRun(path));
    assert.equal(annotations.length, 12);
    const kinds = annotations.map((line) => line.split(" ")[0]);
    assert.deepEqual(kinds, [
      ...Array.from({ length: 10 }, () => "::error"),
      "::warning",
      "::warning",
    ]);
    for (const line of annotations) {
      assert.match(
        line,
        /^::(?:error|warning) title=[^:,]+::[^\p{Cc}\p{Zl}]+$/u,
      );
      assert.doesNotMatch(line, /%(?!25|3A|2C)/);
    }
    assert.match(annotations[0]!, /title=pay%3A 0 50%25|title=0 50%25/);
    assert.match(annotations[9]!, /title=3 more causes::3 instances failed/);
    // In a table, and as code: neither markup nor a mention.
    const row = summary.split("\n").find((line) => line.includes("0 50%"))!;
    assert.equal(row.match(/(?<!\\)\|/g)!.length, 8);
    assert.ok(!summary.includes("\r") && !summary.includes("\u2028"));
  }));

test("githubReport() keeps to the bytes of a summary", () =>
  withTempDir(async (dir) => {
    const plans = causes(40, "x".repeat(1_000));
    const run = await openRun(
      await recordRun(dir, plans, { durability: "os" }),
    );
    for (const bytesMax of [0, 1_000, 5_000, 10_000]) {
      const { summary } = await githubReport(run, { bytesMax });
      assert.ok(new TextEncoder().encode(summary).length <= bytesMax, summary);
      if (bytesMax >= 1_000) {
        assert.match(summary, /\n\d+ more causes are not listed\n/);
      }
    }
    const { summary } = await githubReport(run);
    assert.doesNotMatch(summary, /more causes/);
    await assert.rejects(githubReport(run, { bytesMax: 2 ** 20 + 1 }), {
      code: "INVALID_OPTION",
    });
  }));

test("wta export --github adds to the summary of the step", () =>
  withTempDir(async (dir) => {
    await recordRun(dir, causes(1, "lost"), { durability: "os" });
    const file = join(dir, "summary.md");
    await writeFile(file, "before\n");
    const env = { GITHUB_STEP_SUMMARY: file };
    const { code, stdout } = await callWta(
      "export run_1 --github --dir .",
      dir,
      undefined,
      env,
    );
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^::error title=.*::lost \(1 instance of lost, such as inst_001\)\n$/,
    );
    const text = await readFile(file, "utf8");
    assert.ok(text.startsWith("before\n### 1 of 1 instance failed: `run_1`\n"));
  }));
