/** Merges that crash at any operation, and what is durable when they end. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type FileSystem, listRuns, mergeRuns } from "../../mod.ts";
import { runtimeFileSystem } from "../../src/adapters/runtime.ts";
import { forwarding } from "../../src/storage/forwarding.ts";
import { recordInstance } from "../support/run_builder.ts";
import { assertValid, recordShards } from "../support/shards.ts";
import { withTempDir } from "../support/temp_dir.ts";

test("a crash at any operation leaves no half run, and the next merge works", () =>
  withTempDir(async (dir) => {
    const paths = await recordShards(
      dir,
      2,
      (shard, index) =>
        recordInstance(shard, {
          steps: [{ request: { index } }],
          completion: index === 1 ? undefined : false,
        }),
    );
    const system = await runtimeFileSystem();
    let crashes = 0;
    for (let crashAt = 0;; crashAt++) {
      const run_id = `merged_${crashAt}`;
      const { fs, isDead } = crashing(system, crashAt);
      await mergeRuns(paths, { run_id, fs }).catch(() => {});
      const path = join(dir, run_id);
      // There whole or not at all.
      if (existsSync(path)) await assertValid(path);
      const listed = [];
      for await (const run of listRuns(dir)) listed.push(run);
      assert.equal(
        listed.some((one) => one.path === path),
        existsSync(path),
      );
      if (!isDead()) {
        assert.ok(existsSync(path));
        break;
      }
      crashes++;
      await ageLocks(join(dir, `.${run_id}.new`));
      if (!existsSync(path)) await mergeRuns(paths, { run_id });
      await assertValid(path);
    }
    assert.ok(crashes > 40, `${crashes} operations`);
  }));

/**
 * A lock without content counts as held as long as its heartbeat is fresh: gives
 * it the time of a writer that is gone.
 */
async function ageLocks(scratch: string): Promise<void> {
  if (!existsSync(scratch)) return;
  for (const name of await readdir(scratch)) {
    if (name.endsWith(".lock")) await utimes(join(scratch, name), 0, 0);
  }
}

/** A file system that does nothing any more from its n-th change on. */
function crashing(fs: FileSystem, crashAt: number) {
  let operations = 0;
  const step = <T>(action: () => Promise<T>): Promise<T> =>
    operations++ >= crashAt ? Promise.reject(new Error("crashed")) : action();
  const crashingFs: FileSystem = {
    ...forwarding(fs),
    open: (path, mode, permissions) =>
      step(async () => {
        const handle = await fs.open(path, mode, permissions);
        return {
          ...handle,
          write: (bytes) => step(async () => await handle.write(bytes)),
          sync: () => step(() => handle.sync()),
          syncData: () => step(() => handle.syncData()),
          truncate: (size) => step(() => handle.truncate(size)),
          close: () => handle.close(),
        };
      }),
    makeDir: (path, permissions) => step(() => fs.makeDir(path, permissions)),
    ensureDir: (path) => step(() => fs.ensureDir(path)),
    rename: (from, to) => step(() => fs.rename(from, to)),
    link: (from, to) => step(() => fs.link!(from, to)),
    remove: (path) => step(() => fs.remove(path)),
    syncDir: (path) => step(() => fs.syncDir(path)),
    // Its lock must look like a dead one: see below.
    identity: async () => ({ ...await fs.identity(), pid: 999_999_999 }),
  };
  return { fs: crashingFs, isDead: () => operations > crashAt };
}

test("a merged run is durable when it gets its name", () =>
  withTempDir(async (dir) => {
    const paths = await recordShards(
      dir,
      1,
      (shard) => recordInstance(shard, { steps: [{ request: { a: 1 } }] }),
    );
    const system = await runtimeFileSystem();
    const { link: _, ...fs } = forwarding(system);
    const dirty = new Set<string>();
    let renamed = false;
    const parent = (path: string) => path.slice(0, path.lastIndexOf("/"));
    const watched: FileSystem = {
      ...fs,
      open: async (path, mode, permissions) => {
        const handle = await system.open(path, mode, permissions);
        if (mode === "create-new") dirty.add(parent(path));
        return {
          ...handle,
          write: (bytes) => {
            dirty.add(path);
            return handle.write(bytes);
          },
          sync: async () => {
            await handle.sync();
            dirty.delete(path);
          },
        };
      },
      makeDir: async (path, permissions) => {
        await system.makeDir(path, permissions);
        dirty.add(parent(path)).add(path);
      },
      rename: async (from, to) => {
        if (to === join(dir, "run_1")) {
          renamed = true;
          const left = [...dirty].filter((path) => path.includes("/run"));
          assert.deepEqual(left.filter((path) => path.startsWith(from)), []);
        }
        await system.rename(from, to);
        dirty.add(parent(to));
      },
      syncDir: async (path) => {
        const result = await system.syncDir(path);
        dirty.delete(path);
        return result;
      },
    };
    await mergeRuns(paths, { fs: watched });
    assert.ok(renamed);
    assert.ok(!dirty.has(dir), "the directory of the runs is synced last");
  }));
