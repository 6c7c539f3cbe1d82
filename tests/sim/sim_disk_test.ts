import assert from "node:assert/strict";
import { test } from "node:test";
import * as library from "../../mod.ts";
import { fileSystemContract } from "../contract/file_system_contract.ts";
import type { Plan } from "./plan.ts";
import { Random } from "./random.ts";
import { RUN_DIR, SHORT } from "./scene.ts";
import { SimDisk } from "./sim_disk.ts";
import { simulate } from "./simulate.ts";
import { turns } from "./turns.ts";

fileSystemContract("simulated disk", async (body) => {
  const fs = new SimDisk();
  await fs.ensureDir("/dir");
  await body({ fs, dir: "/dir" });
});

fileSystemContract("simulated disk with latency", async (body) => {
  const fs = new SimDisk({ seed: 7, latency: true });
  await fs.ensureDir("/dir");
  await body({ fs, dir: "/dir" });
});

/** Fates that are drawn: enough to see each kind of them. */
const DRAWS = 200;

const bytes = (text: string) => new TextEncoder().encode(text);

function textOf(disk: SimDisk, path: string): string | undefined {
  const found = disk.peek(path);
  return found && new TextDecoder("latin1").decode(found);
}

/** What may be found at a path after a power loss, over many draws. */
function fates(disk: SimDisk, path: string): Set<string | undefined> {
  const random = new Random(1);
  return new Set(
    Array.from(
      { length: DRAWS },
      () => textOf(disk.imageAfter("power", random), path),
    ),
  );
}

/** A disk with a file whose first bytes are durable, and its name too. */
async function withFile(plan: Plan = {}) {
  const disk = new SimDisk(plan);
  const handle = await disk.open("/f", "create-new");
  await handle.write(bytes("kept"));
  await handle.sync();
  await disk.syncDir("/");
  return { disk, handle };
}

test("SimDisk keeps what the system was given when the process dies", async () => {
  const { disk, handle } = await withFile();
  await handle.write(bytes(", new"));
  const after = disk.crash("process", new Random(1));
  assert.equal(textOf(after, "/f"), "kept, new");
  assert.equal(await after.isRunning(await after.identity()), true);
});

test("SimDisk keeps what was synced, and any part of the rest, when power is lost", async () => {
  const { disk, handle } = await withFile();
  await handle.write(bytes("日本"));
  const found = fates(disk, "/f");
  const whole = "kept" + new TextDecoder("latin1").decode(bytes("日本"));
  for (let length = 4; length <= whole.length; length++) {
    assert.ok(found.has(whole.slice(0, length)), `prefix of ${length} bytes`);
  }
  assert.ok(found.has("kept\0\0\0\0\0\0"), "the length without the bytes");
  for (const text of found) assert.equal(text?.slice(0, 4), "kept");
});

test("SimDisk loses names whose directory was not synced", async () => {
  const disk = new SimDisk();
  const handle = await disk.open("/new", "create-new");
  await handle.write(bytes("all"));
  await handle.sync();
  assert.deepEqual(fates(disk, "/new"), new Set([undefined, "all"]));
  await disk.syncDir("/");
  assert.deepEqual(fates(disk, "/new"), new Set(["all"]));
  await disk.remove("/new");
  assert.deepEqual(fates(disk, "/new"), new Set([undefined, "all"]));
});

test("SimDisk renames wholly or not at all", async () => {
  const { disk } = await withFile();
  const handle = await disk.open("/g", "create-new");
  await handle.write(bytes("other"));
  await handle.sync();
  await disk.syncDir("/");
  await disk.rename("/g", "/f");
  const random = new Random(1);
  const seen = new Set<string>();
  for (let i = 0; i < DRAWS; i++) {
    const after = disk.crash("power", random);
    seen.add(`${textOf(after, "/f")} ${textOf(after, "/g")}`);
  }
  assert.deepEqual(seen, new Set(["kept other", "other undefined"]));
});

test("SimDisk keeps a renamed file that was not synced without its bytes", async () => {
  const { disk } = await withFile();
  const handle = await disk.open("/g", "create-new");
  await handle.write(bytes("other"));
  await disk.rename("/g", "/f");
  await disk.syncDir("/");
  assert.ok(fates(disk, "/f").has(""));
});

test("SimDisk loses a truncation that was not synced", async () => {
  const { disk, handle } = await withFile();
  await handle.truncate(2);
  assert.deepEqual(fates(disk, "/f"), new Set(["kept", "ke"]));
  await handle.sync();
  assert.deepEqual(fates(disk, "/f"), new Set(["ke"]));
});

test("SimDisk drops what a failed sync did not write, for ever", async () => {
  const { disk, handle } = await withFile({ faultAt: 5 });
  await handle.write(bytes(", lost"));
  await assert.rejects(handle.syncData(), { code: "EIO" });
  assert.equal(textOf(disk, "/f"), "kept, lost", "it can still be read");
  await handle.write(bytes("!"));
  await handle.syncData();
  const found = fates(disk, "/f");
  assert.equal(found.size, 1);
  const [text] = found;
  assert.ok(text === "kept\0\0\0\0\0\0!" || text === "kept, lost!");
});

test("SimDisk syncs what was written before the call, and no more", async () => {
  const { disk, handle } = await withFile({ latency: true, seed: 3 });
  const synced = handle.syncData();
  await handle.write(bytes(", later"));
  await synced;
  assert.ok(fates(disk, "/f").has("kept"));
});

test("SimDisk goes on with a file that was removed while it was open", async () => {
  const { disk, handle } = await withFile();
  await disk.remove("/f");
  assert.equal(await handle.write(bytes("!")), 1);
  assert.equal(disk.peek("/f"), undefined);
});

test("SimDisk dies at the operation that was planned, and says nothing more", async () => {
  const { disk, handle } = await withFile({ crashAt: 4 });
  let heard = false;
  Promise.resolve(handle.write(bytes("?"))).finally(() => heard = true);
  await disk.crashed;
  disk.stat("/f").finally(() => heard = true);
  await turns(20);
  assert.equal(heard, false);
  assert.equal(disk.running, false);
  assert.equal(disk.operations.length, 5);
  const next = disk.crash("process", new Random(1));
  assert.equal(await next.isRunning(await new SimDisk().identity()), false);
});

test("simulate() does the same again with the same seed", async () => {
  const setup = {
    library,
    durability: "record",
    seed: 5,
    size: SHORT,
  } as const;
  const [one, two] = [await simulate(setup), await simulate(setup)];
  const trace = ({ disk }: typeof one) =>
    disk.operations.map(({ kind, path }) =>
      `${kind} ${path.replace(/[0-9a-f]{16}/, "")}`
    );
  assert.deepEqual(trace(one), trace(two));
  for (const file of ["instances.jsonl", "steps.jsonl", "assertions.jsonl"]) {
    const path = `${RUN_DIR}/${file}`;
    assert.equal(textOf(one.disk, path), textOf(two.disk, path));
  }
});
