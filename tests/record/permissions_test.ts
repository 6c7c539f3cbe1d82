import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { command, finish, ONCE } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";

const PROGRAM = "tests/programs/record_and_read.ts";

for (const state of ["is there", "is not there yet"]) {
  test(
    `Deno needs the permission for its directory alone when it ${state}`,
    ONCE,
    () =>
      withTempDir(async (dir) => {
        const runs = join(dir, "runs");
        if (state === "is there") await mkdir(runs);
        const flags = [`--allow-read=${runs}`, `--allow-write=${runs}`];
        const { code, stdout, stderr } = await finish(
          ...command("deno", PROGRAM, [runs], flags),
        );
        assert.equal(stderr, "");
        assert.equal(code, 0);
        assert.match(stdout, /^completed 1 {/);
      }),
  );
}

test(
  "Deno is refused a directory that it was not given",
  ONCE,
  () =>
    withTempDir(async (dir) => {
      const flags = [`--allow-read=${dir}/a`, `--allow-write=${dir}/a`];
      const { code, stderr } = await finish(
        ...command("deno", PROGRAM, [`${dir}/b`], flags),
      );
      assert.equal(code, 1);
      assert.match(
        stderr,
        // The real `ensureDir` reads first, the stand-in of the npm door does not.
        /ArtifactError: Cannot create "b" .* Requires (?:read|write) access/,
      );
    }),
);
