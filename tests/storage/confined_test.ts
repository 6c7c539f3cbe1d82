/** A run directory that a stranger made leads nowhere else. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  createRun,
  openRun,
  recoverRun,
  resumeRun,
  verifyRun,
} from "../../mod.ts";
import { withSampleRun } from "../support/sample_run.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

const NO_LINKS = process.platform === "win32" &&
  "making links needs a privilege on Windows";

const ENTRIES = [
  "manifest.json",
  "instances.jsonl",
  "steps.jsonl",
  "assertions.jsonl",
  "summary.json",
  "artifacts",
  "artifacts/inst_001",
  "artifacts/inst_001/step_001_request.json",
];

/** A run in which one entry was moved out, and a link to it put in its place. */
async function withLinked(
  entry: string,
  body: (path: string, outside: string) => Promise<void>,
): Promise<void> {
  await withSampleRun(async (path) => {
    const outside = `${path}_outside`;
    await rename(join(path, entry), outside);
    await symlink(outside, join(path, entry));
    await body(path, outside);
  });
}

/** Everything in a tree, to be compared later. */
async function snapshot(path: string): Promise<unknown> {
  const info = await lstat(path);
  if (!info.isDirectory()) {
    return info.isFile() ? await readFile(path, "latin1") : "a link";
  }
  const names = (await readdir(path)).sort();
  return await Promise.all(
    names.map(async (name) => [name, await snapshot(join(path, name))]),
  );
}

for (const entry of ENTRIES) {
  test(`no link is followed out of a run in place of ${entry}`, {
    skip: NO_LINKS,
  }, async () => {
    await withLinked(entry, async (path, outside) => {
      const before = await snapshot(outside);
      const report = await verifyRun(path);
      assert.equal(report.ok, false);
      const problem = report.problems.find(({ code }) =>
        code === "UNKNOWN_ENTRY"
      );
      assert.equal(problem?.file, join(path, entry));

      const read = async () => {
        const run = await openRun(path);
        for await (const _ of run.instances());
        for await (const _ of run.steps());
        for await (const _ of run.assertions());
        const { artifacts } = await run.instance("inst_001");
        const names = artifacts.map(({ name }) => name);
        assert(!names.includes("step_001_request.json"));
      };
      if (entry.startsWith("artifacts/")) await read();
      else await assert.rejects(read, { code: "CORRUPT_FILE" });

      // Not finalized, a recovery and a resumption have to write.
      if (entry !== "summary.json") await rm(join(path, "summary.json"));
      const isArtifact = entry.startsWith("artifacts");
      const recovery = recoverRun(path);
      if (isArtifact) await recovery;
      else await assert.rejects(recovery, { code: "CORRUPT_FILE" });
      if (isArtifact) await rm(join(path, "summary.json"));
      const resumption = resumeRun(path).then(async (run) => {
        await run.startInstance({ scenario_id: "s" }).artifact("a", "new");
        await run.finalize();
      });
      if (entry.startsWith("artifacts/")) await resumption;
      else await assert.rejects(resumption, { code: "CORRUPT_FILE" });
      assert.deepEqual(await snapshot(outside), before);
    });
  });
}

test("no link is followed where the next instance or artifact is made", {
  skip: NO_LINKS,
}, async () => {
  await withTempDir(async (dir) => {
    const outside = join(dir, "outside");
    await mkdir(outside);
    const run = await aRun(dir);
    await symlink(outside, join(run.path, "artifacts", "inst_001"));
    const one = run.startInstance({ scenario_id: "s" });
    await assert.rejects(one.artifact("a.txt", "text"), {
      code: "WRITE_FAILED",
    });
    await run.finalize().catch(() => {});
    assert.deepEqual(await readdir(outside), []);
  });
  await withTempDir(async (dir) => {
    const outside = join(dir, "outside");
    const run = await aRun(dir);
    const one = run.startInstance({ scenario_id: "s" });
    await one.artifact("a.txt", "text");
    await symlink(outside, join(run.path, "artifacts", "inst_001", "b.txt"));
    await symlink(outside, join(run.path, "summary.json.tmp"));
    await assert.rejects(one.artifact("b.txt", "text"), {
      code: "ARTIFACT_EXISTS",
    });
    await run.finalize();
    await assert.rejects(lstat(outside), { code: "ENOENT" });
    assert.equal((await lstat(join(run.path, "summary.json"))).isFile(), true);
  });
});

test(
  "a lock that is a link is not a lock, and stays",
  { skip: NO_LINKS },
  async () => {
    await withSampleRun(async (path) => {
      await rm(join(path, "summary.json"));
      const outside = `${path}_outside`;
      await writeFile(
        outside,
        JSON.stringify({ pid: process.pid, host: null }),
      );
      await symlink(outside, join(path, "writer-0123456789abcdef.lock"));
      assert.equal((await openRun(path)).state, "interrupted");
      const { problems } = await verifyRun(path);
      assert(problems.some(({ code }) => code === "UNKNOWN_ENTRY"));
      await recoverRun(path);
      assert.equal((await lstat(outside)).isFile(), true);
    });
  },
);

test("a pipe in a run does not make a reader wait", {
  skip: process.platform === "win32" && "no pipes in directories on Windows",
}, async () => {
  for (const entry of ["manifest.json", "steps.jsonl", "summary.json"]) {
    await withSampleRun(async (path) => {
      await rm(join(path, entry));
      execFileSync("mkfifo", [join(path, entry)]);
      const read = async () => {
        for await (const _ of (await openRun(path)).steps());
      };
      await assert.rejects(read, { code: "CORRUPT_FILE" });
      if (entry === "steps.jsonl") await rm(join(path, "summary.json"));
      await assert.rejects(recoverRun(path), { code: "CORRUPT_FILE" });
      const { problems } = await verifyRun(path);
      assert(problems.some(({ code }) => code === "UNKNOWN_ENTRY"));
    });
  }
});

test("no link is followed out of a run whose path ends in a slash", {
  skip: NO_LINKS,
}, () =>
  withLinked("artifacts", async (path, outside) => {
    await rm(join(path, "summary.json"));
    const before = await snapshot(outside);
    for (const end of ["/", "//", "/.", "/./"]) {
      const run = await openRun(path + end);
      await assert.rejects(run.instance("inst_001"), { code: "CORRUPT_FILE" });
      await assert.rejects(resumeRun(path + end), { code: "CORRUPT_FILE" });
    }
    assert.deepEqual(await snapshot(outside), before);
  }));

test("a run directory that is itself a link is opened: the user has named it", {
  skip: NO_LINKS,
}, async () => {
  await withSampleRun(async (path) => {
    const alias = `${path}_alias`;
    await symlink(path, alias);
    const run = await openRun(alias);
    assert.equal(run.summary?.total_instances, 3);
    assert.equal((await verifyRun(`${alias}/`)).ok, true);
    assert.equal((await recoverRun(alias)).alreadyFinalized, true);
  });
});

test("a run of the current directory is read", async () => {
  await withSampleRun(async (path) => {
    const before = process.cwd();
    process.chdir(path);
    try {
      assert.equal((await verifyRun(".")).ok, true);
      const { artifacts } = await (await openRun(".")).instance("inst_001");
      assert.equal(artifacts.length, 2);
    } finally {
      process.chdir(before);
    }
  });
});

test("`mode` sets the permissions of everything new", {
  skip: process.platform === "win32" && "Windows has no such permissions",
}, async () => {
  const modesIn = async (path: string): Promise<Set<string>> => {
    const found = new Set<string>();
    for (const name of await readdir(path, { recursive: true })) {
      const info = await lstat(join(path, name));
      const kind = info.isDirectory() ? "d" : "f";
      found.add(kind + (info.mode & 0o777).toString(8));
    }
    return found;
  };
  await withTempDir(async (dir) => {
    const umask = 0o777 & ~process.umask();
    for (const mode of [0o600, 0o640, undefined]) {
      const run = await aRun(dir, {
        run_id: `run_${mode}`,
        ...(mode && { mode }),
      });
      const one = run.startInstance({ scenario_id: "s" });
      await one.artifact("a.txt", "text");
      await one.step({ step_name: "a", step_type: "t", request: 1 });
      await one.complete();
      const file = (mode ?? 0o666) & umask;
      const directory = (mode ? mode | ((mode & 0o444) >> 2) : 0o777) & umask;
      const wanted = new Set([
        `f${file.toString(8)}`,
        `d${directory.toString(8)}`,
      ]);
      assert.deepEqual(await modesIn(run.path), wanted);
      await run.finalize();
      assert.deepEqual(await modesIn(run.path), wanted);
      const info = await lstat(run.path);
      assert.equal(info.mode & 0o777, directory);
      if (mode === undefined) continue;
      await rm(join(run.path, "summary.json"));
      const steps = join(run.path, "steps.jsonl");
      await truncate(steps, (await lstat(steps)).size - 1);
      const { tornTails } = await recoverRun(run.path, { mode });
      assert.equal(
        (await lstat(tornTails[0]!.savedAs)).mode & 0o777,
        file,
      );
      await rm(join(run.path, "summary.json"));
      await (await resumeRun(run.path, { mode })).finalize();
      assert.deepEqual(await modesIn(run.path), wanted);
    }
    for (const mode of [0, -1, 0o400, 0o1777, 1.5, NaN, "0600"] as number[]) {
      const options = { dir, run_id: "run_2", sut_name: "shop", mode };
      await assert.rejects(createRun(options), { code: "INVALID_OPTION" });
    }
  });
});

test("artifact() refuses a name that differs in case alone", async () => {
  await withTempDir(async (dir) => {
    const run = await aRun(dir);
    const one = run.startInstance({ scenario_id: "s" });
    await one.artifact("Page.png", "1");
    for (const name of ["Page.png", "page.png", "PAGE.PNG"]) {
      await assert.rejects(one.artifact(name, "2"), {
        code: "ARTIFACT_EXISTS",
      });
    }
    await one.artifact("straße", "1");
    await assert.rejects(one.artifact("STRASSE", "2"), {
      code: "ARTIFACT_EXISTS",
    });
    // Another instance has another directory.
    await run.startInstance({ scenario_id: "s" }).artifact("page.png", "3");
    // A name that did not become a file is free again.
    const broken = new ReadableStream({
      start: (c) => c.error(new Error("x")),
    });
    await assert.rejects(one.artifact("log", broken));
    await one.artifact("LOG", "4");
    await run.finalize();
  });
});
