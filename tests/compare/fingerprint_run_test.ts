import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { fingerprintRun, openRun } from "../../mod.ts";
import { aRun } from "../support/run_builder.ts";
import { naiveSum } from "../support/naive_hash.ts";
import { withTempDir } from "../support/temp_dir.ts";

const sha256 = (text: string) => createHash("sha256").update(text);

/** The count and the sum of the hashes of values, given as JSON. */
const sumOf = (texts: string[]) => naiveSum(texts.map((t) => JSON.parse(t)));

test("fingerprintRun() is what its definition says", () =>
  withTempDir(async (dir) => {
    const options = { sut_name: "shöp", seed: "s" } as const;
    const run = await aRun(dir, { ...options, requests: "inline" });
    const other = await aRun(dir, { ...options, run_id: "files" });
    const passed: boolean[] = [true, false, false];
    const all = [run, other].flatMap((run) =>
      passed.map((verdict) => [run, verdict] as const)
    );
    for (const [run, verdict] of all) {
      const one = run.startInstance({ scenario_id: "b", entry_data: { a: 1 } });
      await one.artifact("a.txt", "a");
      await one.step({
        step_name: "n",
        step_type: "t",
        observation: { ok: true, latency_ms: 5, body: [one.correlation_id] },
        request: null,
      });
      await one.complete({ passed: verdict });
    }
    await run.finalize();
    await other.finalize();
    const files = passed.map((_, i) => `artifacts/inst_00${i + 1}/a.txt`);
    const counts =
      '"error_count":0,"fail_count":2,"flaky_count":0,"pass_count":1,"skip_count":0';
    const parts = [
      "windtunnel fingerprint 3",
      '{"config":{},"durability":"instance","format_version":1,"scenario_ids":[],"seed":"s","sut_name":"shöp"}',
      sumOf(
        passed.map((verdict, i) =>
          `{"entry_data":{"a":1},"error":null,"instance_id":"inst_00${
            i + 1
          }","instance_key":null,"passed":${verdict},"retry_of":null,"scenario_id":"b"}`
        ),
      ),
      sumOf(
        passed.map((_, i) =>
          `{"artifacts":[],"instance_id":"inst_00${
            i + 1
          }","observation":{"body":["‹correlation_id›"],"ok":true},"request":true,"step_index":0,"step_name":"n","step_type":"t"}`
        ),
      ),
      sumOf([]),
      naiveSum(files),
      `{"assertions_failed":0,"assertions_passed":0,"error_count":0,"fail_count":2,"failed_steps":0,"flaky_count":0,"incomplete_count":0,"pass_count":1,"pass_rate":${
        100 / 3
      },"scenarios":{"b":{${counts},"total_instances":3}},"skip_count":0,"status":"completed","total_assertions":0,"total_instances":3,"total_steps":3}`,
    ];
    for (const { path } of [run, other]) {
      assert.equal(
        await fingerprintRun(await openRun(path)),
        sha256(parts.join("\n")).digest("hex"),
      );
    }
  }));
