import assert from "node:assert/strict";
import { test } from "node:test";
import { QUEUE_BYTES_MAX, READY_BYTES_MAX } from "../../src/storage/limits.ts";
import { command, finish, RUNTIME } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";

/**
 * Beside the queue, the program itself holds a million promises, and garbage.
 * Without a bound two million records took 3.3 GB.
 */
const RISE_MB_MAX = 1000;

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

test(`a caller that awaits nothing gets QUEUE_FULL, within a bound, on ${RUNTIME}`, async () => {
  const seen = await measure("ignored_promises.ts");
  const { total_steps, queuedBytes, startMb, peakMb } = seen;
  const codes = seen.codes as unknown as Record<string, number>;
  assert.ok(queuedBytes! <= QUEUE_BYTES_MAX, `${queuedBytes} were queued`);
  assert.deepEqual(Object.keys(codes), ["QUEUE_FULL"]);
  assert.equal(total_steps! + codes.QUEUE_FULL!, 1_000_000);
  assert.ok(peakMb! - startMb! < RISE_MB_MAX, `${startMb} to ${peakMb} MB`);
});

test(`a disk of 50 ms a sync loses nothing and holds little on ${RUNTIME}`, async () => {
  const seen = await measure("slow_disk.ts");
  assert.equal(seen.instances, 2000);
  assert.equal(seen.read, 2000);
  assert.ok(seen.syncs! < 200, "Syncs are shared");
  assert.ok(seen.queuedBytesMax! < READY_BYTES_MAX);
  assert.ok(seen.riseMb! < 150, `${seen.riseMb} MB`);
});
