import assert from "node:assert/strict";
import { test } from "node:test";
import { writeAtomically } from "../../src/storage/atomic_file.ts";
import { Random } from "../sim/random.ts";
import { SimDisk } from "../sim/sim_disk.ts";

const FILE = "/work/summary.json";
const text = (bytes?: Uint8Array) => bytes && new TextDecoder().decode(bytes);

/** A disk with an older file, durable; after it nothing happens by itself. */
async function diskWith(content: string, plan = {}): Promise<SimDisk> {
  const disk = new SimDisk();
  await disk.ensureDir("/work");
  await disk.syncDir("/");
  await writeAtomically(disk, FILE, content);
  return disk.crash("process", new Random(1), plan);
}

async function* chunks(): AsyncIterable<Uint8Array> {
  yield new TextEncoder().encode("ne");
  yield new TextEncoder().encode("w");
}

test("writeAtomically() replaces a file, and leaves no other", async () => {
  const disk = await diskWith("old");
  await writeAtomically(disk, FILE, chunks());
  assert.equal(text(disk.peek(FILE)), "new");
  assert.deepEqual(disk.namesIn("/work"), ["summary.json"]);
});

test("writeAtomically() replaces what an earlier attempt left behind", async () => {
  const disk = await diskWith("old");
  const left = await disk.open(`${FILE}.tmp`, "create-new");
  await left.close();
  await writeAtomically(disk, FILE, "new");
  assert.equal(text(disk.peek(FILE)), "new");
  assert.deepEqual(disk.namesIn("/work"), ["summary.json"]);
});

test("writeAtomically() leaves the old file or the new one wherever power is lost", async () => {
  const whole = await diskWith("old");
  await writeAtomically(whole, FILE, "new");
  const seen = new Set<string | undefined>();
  for (let crashAt = 0; crashAt < whole.operations.length; crashAt++) {
    for (let seed = 0; seed < 20; seed++) {
      const disk = await diskWith("old", { crashAt, seed });
      const written = writeAtomically(disk, FILE, "new");
      await Promise.race([disk.crashed, written]);
      seen.add(text(disk.crash("power", new Random(seed)).peek(FILE)));
    }
  }
  assert.deepEqual([...seen].sort(), ["new", "old"]);
  const lost = whole.crash("power", new Random(1));
  assert.equal(text(lost.peek(FILE)), "new", "it was durable");
});

test("writeAtomically() keeps the old file when it fails, and can be called again", async () => {
  const whole = await diskWith("old");
  await writeAtomically(whole, FILE, "new");
  const kinds = whole.operations.map(({ kind }) => kind);
  for (const kind of ["write", "sync"] as const) {
    const disk = await diskWith("old", { faultAt: kinds.indexOf(kind) });
    await assert.rejects(writeAtomically(disk, FILE, "new"));
    assert.equal(text(disk.peek(FILE)), "old");
    await writeAtomically(disk, FILE, "newer");
    assert.equal(text(disk.peek(FILE)), "newer");
  }
});
