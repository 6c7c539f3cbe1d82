import assert from "node:assert/strict";
import { test } from "node:test";
import { QUEUE_BYTES_MAX, READY_BYTES_MAX } from "../src/limits.ts";
import { command, finish, RUNTIME } from "./support/runtimes.ts";
import { withTempDir } from "./support/temp_dir.ts";

/** Text is held as one byte a letter here; the rest is objects and garbage. */
const HELD_MB_MAX = 5 * QUEUE_BYTES_MAX / 1e6;

async function measure(program: string): Promise<Record<string, number>> {
  return await withTempDir(async (dir) => {
    const { code, stdout, stderr } = await finish(
      ...command(RUNTIME, `tests/programs/${program}`, [dir]),
    );
    assert.equal(code, 0, stderr);
    console.log(`# ${RUNTIME}: ${stdout.trim()}`);
    return JSON.parse(stdout);
  });
}

test(`a caller who awaits nothing is told so, within a bound, on ${RUNTIME}`, async () => {
  const { codes, total_steps, start_mb, peak_mb } = await measure(
    "ignored_promises.ts",
  ) as unknown as {
    codes: Record<string, number>;
    total_steps: number;
    start_mb: number;
    peak_mb: number;
  };
  assert.deepEqual(Object.keys(codes), ["QUEUE_FULL"]);
  assert.equal(total_steps + codes.QUEUE_FULL!, 1_000_000);
  assert.ok(peak_mb - start_mb < HELD_MB_MAX, `${start_mb} to ${peak_mb} MB`);
});

test(`a disk of 50 ms a sync loses nothing and holds little on ${RUNTIME}`, async () => {
  const seen = await measure("slow_disk.ts");
  assert.equal(seen.instances, 2000);
  assert.equal(seen.read, 2000);
  assert.ok(seen.syncs! < 200, "Syncs are shared");
  assert.ok(seen.queued_bytes_max! < READY_BYTES_MAX);
  assert.ok(seen.rise_mb! < 150, `${seen.rise_mb} MB`);
});
