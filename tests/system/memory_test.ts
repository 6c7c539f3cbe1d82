import assert from "node:assert/strict";
import { test } from "node:test";
import { command, finish, RUNTIME } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";

const STEPS = 1_000_000;
/** Garbage between two collections; three times the steps rise no further. */
const RISE_MB_MAX = 160;

test(`a run of a million steps keeps memory flat on ${RUNTIME}`, () =>
  withTempDir(async (dir) => {
    const { code, stdout, stderr } = await finish(
      ...command(RUNTIME, "tests/programs/million_steps.ts", [
        dir,
        String(STEPS),
      ]),
    );
    assert.equal(code, 0, stderr);
    const { total_steps, startMb, peakMb } = JSON.parse(stdout);
    console.log(
      `# ${RUNTIME}: RSS ${startMb} MB at the start, ${peakMb} MB at most`,
    );
    assert.equal(total_steps, STEPS);
    assert.ok(
      peakMb - startMb <= RISE_MB_MAX,
      `${startMb} to ${peakMb} MB`,
    );
  }));
