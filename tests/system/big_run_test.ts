/** A run of `BIG_RUN_MB` megabytes; 1000 is what the figures are measured with. */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { command, finish, RUNTIME } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";

const MEGABYTES = Number(process.env.BIG_RUN_MB ?? 60);
/** Two runs are read at once to compare them. */
const RISE_MB_MAX = 300;

test(`a run of ${MEGABYTES} MB is recovered, verified, read, followed, resumed and compared in flat memory on ${RUNTIME}`, () =>
  withTempDir(async (dir) => {
    const phase = async (...args: string[]) => {
      const { code, stdout, stderr } = await finish(
        ...command(RUNTIME, "tests/programs/big_run.ts", args),
      );
      assert.equal(code, 0, stderr);
      return stdout;
    };
    await phase("write", dir, String(MEGABYTES));
    const stdout = await phase("read", dir);
    const { risesMb, ...found } = JSON.parse(stdout);
    console.log(`# ${RUNTIME}: RSS rose by ${JSON.stringify(risesMb)} MB`);
    const { total_steps, total_instances } = found;
    assert.ok(total_steps * 450 >= MEGABYTES * 1e6);
    assert.deepEqual(found, {
      total_steps,
      total_instances,
      tornTails: 1,
      inFlight: 1,
      ok: true,
      read: total_steps,
      found: 20,
      followed: total_steps + total_instances,
      resumed: total_instances,
      resumedInFlight: 1,
      fingerprintLength: 64,
      identical: true,
    });
    for (const [part, riseMb] of Object.entries(risesMb)) {
      assert.ok(riseMb as number <= RISE_MB_MAX, `${part}: ${riseMb} MB`);
    }
  }));
