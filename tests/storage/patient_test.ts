import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openRun } from "../../mod.ts";
import { runtimeFileSystem } from "../../src/adapters/runtime.ts";
import type { FileSystem } from "../../src/storage/file_system.ts";
import { forwarding } from "../../src/storage/forwarding.ts";
import { patient } from "../../src/storage/patient.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { aRun } from "../support/run_builder.ts";

const disk = await runtimeFileSystem();

type Verb = "rename" | "remove" | "open" | "openRead" | "syncDir" | "list";

/** A disk on which a verb fails so many times, for paths of a kind. */
function failing(
  verb: Verb,
  code: string,
  times: number,
  path = /./,
): FileSystem {
  let left = times;
  const fail = (given: string) => {
    if (left === 0 || !path.test(given)) return;
    left--;
    throw Object.assign(new Error(`${code}, ${verb} ${given}`), { code });
  };
  return {
    ...forwarding(disk),
    [verb]: verb === "list"
      ? async function* (given: string) {
        fail(given);
        yield* disk.list(given);
      }
      : async (given: string, ...rest: never[]) => {
        fail(verb === "rename" ? rest[0]! : given);
        return await (disk[verb] as (...args: unknown[]) => unknown)(
          given,
          ...rest,
        );
      },
  };
}

const TROUBLE: [verb: Verb, code: string, path: RegExp][] = [
  ["rename", "EPERM", /summary\.json$/],
  ["rename", "EACCES", /manifest\.json$/],
  ["rename", "EBUSY", /summary\.json$/],
  ["remove", "EBUSY", /\.lock$/],
  ["remove", "EPERM", /started\.jsonl$/],
  ["open", "EMFILE", /steps\.jsonl$/],
  ["open", "ENFILE", /request\.json$/],
  ["syncDir", "EMFILE", /./],
  ["list", "EMFILE", /./],
];

for (const [verb, code, path] of TROUBLE) {
  test(`a run is recorded where ${verb} of ${path.source} says ${code} for a moment`, () =>
    withTempDir(async (dir) => {
      const fs = failing(verb, code, 3, path);
      const run = await aRun(dir, { fs });
      const one = run.startInstance({ scenario_id: "s" });
      await one.step({ step_name: "a", step_type: "t", request: 1 });
      await one.complete();
      await run.finalize();
      assert.equal((await openRun(run.path)).state, "completed");
    }));
}

test("what goes on failing is thrown, and other errors at once", async () => {
  const fs = patient(failing("rename", "EBUSY", Infinity));
  await assert.rejects(fs.rename("a", "b"), { code: "EBUSY" });
  let calls = 0;
  const broken = patient({
    ...forwarding(disk),
    rename: () => {
      calls++;
      return Promise.reject(Object.assign(new Error("no"), { code: "EIO" }));
    },
  });
  await assert.rejects(broken.rename("a", "b"), { code: "EIO" });
  assert.equal(calls, 1);
});

test("a lock that cannot be removed does not make finalize() fail", () =>
  withTempDir(async (dir) => {
    const fs = failing("remove", "EIO", Infinity, /\.lock$/);
    const run = await aRun(dir, { fs });
    const warnings: string[] = [];
    const { warn } = console;
    console.warn = (text: string) => warnings.push(text);
    try {
      assert.equal((await run.finalize()).status, "completed");
    } finally {
      console.warn = warn;
    }
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /is finalized, and not all could be cleaned up/);
    assert.equal((await openRun(join(run.path))).state, "completed");
  }));
