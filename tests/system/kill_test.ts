/**
 * Real processes, really killed. `KILLS` sets how many (default a share of 30), `SEED` the
 * moments.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import process from "node:process";
import { openRun, recoverRun } from "../../mod.ts";
import { Writer } from "../support/killed_run.ts";
import { RUNTIME } from "../support/runtimes.ts";
import { ownCount } from "../support/share.ts";
import { withTempDir } from "../support/temp_dir.ts";

const KILLS = Number(process.env.KILLS ?? ownCount(30));
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const ACKNOWLEDGED_MIN = 20;
const LEVELS = ["instance", "record", "os"];

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function* moments(): Generator<number> {
  for (let state = SEED;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

test(`SIGKILL loses nothing that was acknowledged on ${RUNTIME}`, async () => {
  const moment = moments();
  let acknowledged = 0;
  let torn = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    await withTempDir(async (dir) => {
      const where = `SEED=${SEED}, kill ${kill}`;
      const writer = new Writer(dir, LEVELS[kill % 3]!, RUNTIME);
      await writer.ready;
      // Half of the kills may come before anything was acknowledged.
      if (kill % 2 === 0) await writer.acknowledged(ACKNOWLEDGED_MIN);
      await sleep(moment.next().value! * 200);
      writer.signal("SIGKILL");
      assert.equal(await writer.ended, "SIGKILL", where);
      const kept = await writer.assertKept();
      assert.equal(kept.past.state, "interrupted", where);
      acknowledged += kept.acknowledged;
      torn += kept.past.tornTails.length;
      const report = await recoverRun(writer.path);
      assert.equal(report.tornTails.length, kept.past.tornTails.length);
      assert.equal(report.summary.status, "interrupted");
      const again = await writer.assertKept();
      assert.deepEqual(again.past.tornTails, []);
      assert.deepEqual(again.past.summary, report.summary);
    });
  }
  assert.ok(acknowledged >= Math.ceil(KILLS / 2) * ACKNOWLEDGED_MIN);
  console.log(
    `# ${RUNTIME}: ${KILLS} kills (SEED=${SEED}), ${acknowledged} acknowledged records, 0 lost, ${torn} torn tails`,
  );
});

test(`SIGTERM lets a runner dispose the run on ${RUNTIME}`, () =>
  withTempDir(async (dir) => {
    const writer = new Writer(dir, "instance", RUNTIME);
    await writer.acknowledged();
    writer.signal("SIGTERM");
    assert.equal(await writer.ended, 0, writer.errors);
    assert.equal(writer.reported.at(-1), "disposed");
    const { past, acknowledged } = await writer.assertKept();
    assert.ok(acknowledged > 0);
    assert.equal(past.summary?.status, "interrupted");
    assert.equal(past.writer, null);
    assert.deepEqual((await openRun(writer.path)).tornTails, []);
  }));
