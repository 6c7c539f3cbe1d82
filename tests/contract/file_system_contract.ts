/**
 * The contract of every file system: run by each real adapter on its own runtime,
 * and by the simulated disk.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileSystem } from "../../src/storage/file_system.ts";

/** A file system under test, and a directory in it that is empty. */
export interface Subject {
  fs: FileSystem;
  dir: string;
}

const bytes = (text: string) => new TextEncoder().encode(text);

async function contentOf(fs: FileSystem, path: string): Promise<string> {
  const handle = await fs.openRead(path);
  try {
    const into = new Uint8Array(1000);
    const count = await handle.read(into, 0);
    return new TextDecoder().decode(into.subarray(0, count));
  } finally {
    await handle.close();
  }
}

async function write(
  fs: FileSystem,
  path: string,
  text: string,
): Promise<void> {
  const handle = await fs.open(path, "create-new");
  try {
    let rest = bytes(text);
    while (rest.length > 0) rest = rest.subarray(await handle.write(rest));
  } finally {
    await handle.close();
  }
}

async function namesIn(fs: FileSystem, path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of fs.list(path)) {
    names.push(isDirectory ? `${name}/` : name);
  }
  return names.sort();
}

/** Registers the contract's tests for one file system. */
export function fileSystemContract(
  name: string,
  withSubject: (body: (subject: Subject) => Promise<void>) => Promise<void>,
): void {
  const contract = (
    behaviour: string,
    body: (subject: Subject) => Promise<void>,
  ) => test(`${name}: ${behaviour}`, () => withSubject(body));

  contract("watch() reports a change, where it is there", async (s) => {
    const changed = Promise.withResolvers<void>();
    const stop = s.fs.watch?.(s.dir, changed.resolve);
    if (!stop) return; // Optional: followers look by themselves, too.
    await write(s.fs, `${s.dir}/file`, "text");
    await changed.promise;
    stop();
  });

  contract("open() creates a file, and fails where one is", async (s) => {
    await write(s.fs, `${s.dir}/a`, "one");
    await assert.rejects(s.fs.open(`${s.dir}/a`, "create-new"), {
      code: "EEXIST",
    });
    assert.equal(await contentOf(s.fs, `${s.dir}/a`), "one");
  });

  contract("open() appends to a file, and fails where none is", async (s) => {
    await assert.rejects(s.fs.open(`${s.dir}/a`, "append"), { code: "ENOENT" });
    await write(s.fs, `${s.dir}/a`, "one");
    const handle = await s.fs.open(`${s.dir}/a`, "append");
    assert.equal(await handle.write(bytes("two")), 3);
    await handle.syncData();
    await handle.sync();
    await handle.close();
    assert.equal(await contentOf(s.fs, `${s.dir}/a`), "onetwo");
  });

  contract("write() is visible to a reader at once", async (s) => {
    const handle = await s.fs.open(`${s.dir}/a`, "create-new");
    await handle.write(bytes("seen"));
    assert.equal(await contentOf(s.fs, `${s.dir}/a`), "seen");
    await handle.close();
  });

  contract(
    "link() gives a file a second name, where it is there",
    async (s) => {
      if (!s.fs.link) return; // Optional: files are copied instead.
      await write(s.fs, `${s.dir}/a`, "one");
      await s.fs.makeDir(`${s.dir}/sub`);
      await s.fs.link(`${s.dir}/a`, `${s.dir}/sub/b`);
      await s.fs.remove(`${s.dir}/a`);
      assert.equal(await contentOf(s.fs, `${s.dir}/sub/b`), "one");
      await write(s.fs, `${s.dir}/a`, "two");
      await assert.rejects(s.fs.link(`${s.dir}/a`, `${s.dir}/sub/b`), {
        code: "EEXIST",
      });
    },
  );

  contract("truncate() cuts, and the next write follows the cut", async (s) => {
    await write(s.fs, `${s.dir}/a`, "keep, cut");
    const handle = await s.fs.open(`${s.dir}/a`, "append");
    await handle.truncate(4);
    await handle.write(bytes("!"));
    await handle.close();
    assert.equal(await contentOf(s.fs, `${s.dir}/a`), "keep!");
  });

  contract("read() gives bytes of a position, 0 at the end", async (s) => {
    await write(s.fs, `${s.dir}/a`, "0123456789");
    const handle = await s.fs.openRead(`${s.dir}/a`);
    const into = new Uint8Array(4);
    assert.equal(await handle.read(into, 6), 4);
    assert.equal(new TextDecoder().decode(into), "6789");
    assert.equal(await handle.read(into, 0), 4);
    assert.equal(new TextDecoder().decode(into), "0123");
    assert.equal(await handle.read(into, 10), 0);
    assert.equal(await handle.read(into, 99), 0);
    await handle.close();
  });

  contract("openRead() fails where no file is", async (s) => {
    await assert.rejects(s.fs.openRead(`${s.dir}/none`), { code: "ENOENT" });
  });

  contract("write() rejects or throws after close()", async (s) => {
    const handle = await s.fs.open(`${s.dir}/a`, "create-new");
    await handle.close();
    await assert.rejects(async () => {
      await handle.write(bytes("late"));
    });
    await assert.rejects(async () => {
      await handle.syncData();
    });
  });

  contract("stat() describes files and directories", async (s) => {
    await write(s.fs, `${s.dir}/a`, "12345");
    const { size, isDirectory, isFile } = (await s.fs.stat(`${s.dir}/a`))!;
    assert.deepEqual([size, isDirectory, isFile], [5, false, true]);
    assert.equal((await s.fs.stat(s.dir))?.isDirectory, true);
  });

  contract("stat() gives undefined where nothing is", async (s) => {
    await write(s.fs, `${s.dir}/a`, "");
    assert.equal(await s.fs.stat(`${s.dir}/none`), undefined);
    assert.equal(await s.fs.stat(`${s.dir}/none/below`), undefined);
    assert.equal(await s.fs.stat(`${s.dir}/a/below a file`), undefined);
  });

  contract(
    "makeDir() makes one directory, and fails where it is",
    async (s) => {
      await s.fs.makeDir(`${s.dir}/d`);
      await assert.rejects(s.fs.makeDir(`${s.dir}/d`), { code: "EEXIST" });
      await assert.rejects(s.fs.makeDir(`${s.dir}/x/y`), { code: "ENOENT" });
      await write(s.fs, `${s.dir}/file`, "");
      await assert.rejects(s.fs.makeDir(`${s.dir}/file`), { code: "EEXIST" });
    },
  );

  contract("makeDir() lets one of many callers win", async (s) => {
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, () => s.fs.makeDir(`${s.dir}/d`)),
    );
    const won = tries.filter(({ status }) => status === "fulfilled");
    assert.equal(won.length, 1);
  });

  contract("ensureDir() makes parents, and may be called again", async (s) => {
    await s.fs.ensureDir(`${s.dir}/a/b/c`);
    await s.fs.ensureDir(`${s.dir}/a/b/c`);
    assert.equal((await s.fs.stat(`${s.dir}/a/b/c`))?.isDirectory, true);
    await write(s.fs, `${s.dir}/file`, "");
    await assert.rejects(s.fs.ensureDir(`${s.dir}/file`));
  });

  contract("list() gives each entry once", async (s) => {
    assert.deepEqual(await namesIn(s.fs, s.dir), []);
    await s.fs.makeDir(`${s.dir}/d`);
    await write(s.fs, `${s.dir}/d/inside`, "");
    await write(s.fs, `${s.dir}/a`, "");
    assert.deepEqual(await namesIn(s.fs, s.dir), ["a", "d/"]);
    await assert.rejects(namesIn(s.fs, `${s.dir}/none`), { code: "ENOENT" });
  });

  contract(
    "fileId() knows a file by any name, and from its copy",
    async (s) => {
      await write(s.fs, `${s.dir}/a`, "same");
      await write(s.fs, `${s.dir}/copy`, "same");
      const id = await s.fs.fileId(`${s.dir}/a`);
      assert.notEqual(id, undefined);
      assert.notEqual(await s.fs.fileId(`${s.dir}/copy`), id);
      await s.fs.rename(`${s.dir}/a`, `${s.dir}/b`);
      assert.equal(await s.fs.fileId(`${s.dir}/b`), id);
      assert.equal(await s.fs.fileId(`${s.dir}/a`), undefined);
      assert.equal(await s.fs.fileId(`${s.dir}/b/c`), undefined);
    },
  );

  contract("rename() replaces the target", async (s) => {
    await write(s.fs, `${s.dir}/new`, "new");
    await write(s.fs, `${s.dir}/old`, "old");
    await s.fs.rename(`${s.dir}/new`, `${s.dir}/old`);
    assert.deepEqual(await namesIn(s.fs, s.dir), ["old"]);
    assert.equal(await contentOf(s.fs, `${s.dir}/old`), "new");
    await assert.rejects(s.fs.rename(`${s.dir}/none`, `${s.dir}/x`), {
      code: "ENOENT",
    });
  });

  contract("remove() removes files and empty directories", async (s) => {
    await write(s.fs, `${s.dir}/a`, "");
    await s.fs.makeDir(`${s.dir}/d`);
    await s.fs.remove(`${s.dir}/a`);
    await s.fs.remove(`${s.dir}/d`);
    assert.deepEqual(await namesIn(s.fs, s.dir), []);
    await assert.rejects(s.fs.remove(`${s.dir}/a`), { code: "ENOENT" });
    await s.fs.makeDir(`${s.dir}/full`);
    await write(s.fs, `${s.dir}/full/a`, "");
    await assert.rejects(s.fs.remove(`${s.dir}/full`));
  });

  contract("syncDir() answers, and fails where no directory is", async (s) => {
    assert.match(await s.fs.syncDir(s.dir), /^(synced|unsupported)$/);
    if (await s.fs.syncDir(s.dir) === "unsupported") return;
    await assert.rejects(s.fs.syncDir(`${s.dir}/none`), { code: "ENOENT" });
  });

  contract("isRunning() knows this process", async (s) => {
    const self = await s.fs.identity();
    assert.ok(Number.isSafeInteger(self.pid) && self.pid > 0);
    assert.notEqual(await s.fs.isRunning(self), false);
    for (
      const elsewhere of [
        { boot: "another" },
        { boot: null },
        { pid_namespace: "pid:[1]" },
        { pid_namespace: null },
      ]
    ) {
      const there = { ...self, ...elsewhere };
      assert.equal(await s.fs.isRunning(there), undefined);
    }
  });

  contract(
    "keepTouching() makes a file younger, where it is there",
    async (s) => {
      if (!s.fs.keepTouching) return;
      await write(s.fs, `${s.dir}/a`, "{}");
      await write(s.fs, `${s.dir}/b`, "{}");
      const modified = async (name: string) =>
        (await s.fs.stat(`${s.dir}/${name}`))!.modifiedMs!;
      const before = await modified("a");
      const stop = s.fs.keepTouching(`${s.dir}/a`, 5);
      while (await modified("a") === before) {
        await new Promise((go) => setTimeout(go, 5));
      }
      stop();
      assert.equal((await s.fs.stat(`${s.dir}/a`))!.size, 2);
      assert(await modified("a") > await modified("b"));
    },
  );
}
