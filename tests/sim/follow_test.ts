/**
 * A follower in a process of its own on the simulated disk: reads come short,
 * writes come in pieces, the writer dies, and another process recovers or resumes
 * the run under it.
 */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import {
  createRun,
  type FollowedRecord,
  openRun,
  recoverRun,
  resumeRun,
  type RunReader,
  verifyRun,
} from "../../mod.ts";
import { Images } from "./images.ts";
import { Ledger } from "./ledger.ts";
import { Random } from "./random.ts";
import { LONG, RUN_DIR, SHORT } from "./scene.ts";
import { SimDisk } from "./sim_disk.ts";
import { turns, withSimulatedClock } from "./turns.ts";
import { runWorkload } from "./workload.ts";

const library = { createRun, openRun, recoverRun, resumeRun, verifyRun };
const SEED = Number(process.env.SIM_SEED ?? 1);
const RUNS = Number(process.env.SIM_RUNS ?? 40);

/** Opens the run as soon as it is there; nothing where it never is. */
async function openWhenThere(
  fs: SimDisk,
  isOver: () => boolean,
): Promise<RunReader | undefined> {
  for (;;) {
    const wasOver = isOver();
    try {
      return await openRun(RUN_DIR, { fs });
    } catch (error) {
      assert.equal((error as { code?: string }).code, "RUN_NOT_FOUND");
      if (wasOver) return undefined;
    }
    await turns(3);
  }
}

async function follow(
  fs: SimDisk,
  random: Random,
  isOver: () => boolean,
): Promise<FollowedRecord[]> {
  const seen: FollowedRecord[] = [];
  const run = await openWhenThere(fs, isOver);
  if (!run) return seen;
  for await (const followed of run.follow()) {
    seen.push(followed);
    // A slow consumer: the run goes on while it holds a block.
    if (random.chance(0.2)) await turns(random.below(30));
  }
  return seen;
}

/** One run, and what its follower saw beside what there is in the end. */
async function followOnce(seed: number): Promise<number> {
  const random = new Random(seed);
  const images = new Images();
  const crashes = random.chance(0.7);
  const size = random.chance(0.5) ? SHORT : LONG;
  const disk = new SimDisk({
    seed,
    latency: true,
    trouble: 0.2,
    ...(crashes ? { crashAt: random.below(size === SHORT ? 80 : 200) } : {}),
  }, images);
  const reading = new SimDisk({ seed: seed + 1, trouble: 0.3 }, images, 200);
  let over = false;
  const following = follow(reading, random.fork(), () => over);
  const workload = runWorkload(
    library,
    disk,
    new Ledger(disk),
    "instance",
    random.fork(),
    size,
  );
  await Promise.race([workload, disk.crashed]);
  if (!disk.running) {
    await turns(random.below(200));
    const fs = new SimDisk({ seed: seed + 2 }, images, 300);
    const left = await openRun(RUN_DIR, { fs }).catch(() => undefined);
    if (left && !left.summary) {
      if (random.chance(0.5)) {
        const again = await resumeRun(RUN_DIR, { fs });
        for (let i = 0; i < 5; i++) {
          const one = again.startInstance({ scenario_id: "checkout" });
          await one.step({ step_name: "again", step_type: "http" });
          await one.complete();
          await turns(random.below(50));
        }
        await again.finalize();
      } else {
        await recoverRun(RUN_DIR, { fs });
      }
    }
  }
  over = true;
  const seen = await following;
  const past = await openRun(RUN_DIR, { fs: reading }).catch(() => undefined);
  if (!past) {
    assert.deepEqual(seen, []);
    return 0;
  }
  const given = (kind: FollowedRecord["kind"]) =>
    seen.filter((followed) => followed.kind === kind)
      .map(({ record }) => record);
  assert.deepEqual(given("step"), await Array.fromAsync(past.steps()));
  assert.deepEqual(
    given("assertion"),
    await Array.fromAsync(past.assertions()),
  );
  assert.deepEqual(given("instance"), await Array.fromAsync(past.instances()));
  const completed = new Set<string>();
  for (const { kind, record } of seen) {
    if (kind === "instance") completed.add(record.correlation_id);
    else assert.ok(!completed.has(record.correlation_id));
  }
  return seen.length;
}

test(`a follower gives each line once, whatever becomes of ${RUNS} runs`, async () => {
  let records = 0;
  for (let seed = SEED; seed < SEED + RUNS; seed++) {
    try {
      records += await withSimulatedClock(() => followOnce(seed));
    } catch (cause) {
      throw new Error(`SIM_SEED=${seed} SIM_RUNS=1`, { cause });
    }
  }
  console.log(`# ${RUNS} runs, ${records} records followed`);
  assert.ok(records > 20 * RUNS, String(records));
});
