/** The JSR door: Deno alone, no node_modules, `@std` from a registry. */
import assert from "node:assert/strict";
import { cp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { withJsrRegistry } from "../support/jsr_registry.ts";
import { finish, ROOT, WITH_ALL_RUNTIMES } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";

const LEFT_OUT = [".git", "node_modules", "runs", "dist", "tmp"];
const DENO = join(ROOT, "node_modules", ".bin", "deno");

test(
  "deno task runs the demo, the command line and tests without node_modules",
  WITH_ALL_RUNTIMES,
  () =>
    withTempDir(async (dir) => {
      for (const name of await readdir(ROOT)) {
        if (LEFT_OUT.includes(name)) continue;
        await cp(join(ROOT, name), join(dir, name), { recursive: true });
      }
      await withJsrRegistry(async (url) => {
        const task = async (...args: string[]) => {
          const env = { JSR_URL: url };
          const { code, stdout, stderr } = await finish(
            DENO,
            ["task", ...args],
            dir,
            env,
          );
          assert.equal(code, 0, `${args}: ${stdout}${stderr}`);
          return stdout;
        };
        const demo = await task("demo", "--instances=10", "--run-id=run_door");
        assert.match(demo, /all +10 +9 +1 +0 +90 %/);
        const listed = await task("wta", "list", "--json");
        assert.equal(JSON.parse(listed).run_id, "run_door");
        const tested = await task("test", "tests/record/permissions_test.ts");
        assert.match(tested, /ok \| 3 passed/);
      });
    }),
);
