/** What a stranger's run of any size costs: memory, in a process of its own. */
import assert from "node:assert/strict";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { command, finish, RUNTIME } from "../support/runtimes.ts";
import { aRun, recordInstance } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

const PEAK_MB_MAX = 256;

/** The densest, and a text as long as a line may be. */
const VALUES = [
  `[${"{},".repeat(5_000_000)}0]`,
  `"${"x".repeat(15_500_000)}"`,
];

test(
  `a stranger's lines and documents cost less than ${PEAK_MB_MAX} MB, on ${RUNTIME}`,
  { skip: process.platform === "linux" ? false : "/proc has the peak" },
  () =>
    withTempDir(async (dir) => {
      const paths: string[] = [];
      for (const [i, value] of VALUES.entries()) {
        const run = await aRun(dir, { run_id: `line_${i}` });
        await recordInstance(run, { steps: [{ observation: { body: 1 } }] });
        await run.finalize();
        const file = join(run.path, "steps.jsonl");
        const line = await readFile(file, "utf8");
        await appendFile(file, line.replace('"body":1', `"body":${value}`));
        paths.push(run.path);
      }
      const run = await aRun(dir, { run_id: "manifest" });
      await run.finalize();
      await writeFile(join(run.path, "manifest.json"), VALUES[0]!);
      paths.push(run.path);
      for (const path of paths) {
        const { code, stdout, stderr } = await finish(
          ...command(RUNTIME, "tests/programs/read_hostile.ts", [path]),
        );
        assert.equal(code, 0, stderr);
        const { peakMb, problems } = JSON.parse(stdout);
        console.log(`# ${path.slice(dir.length)}: ${peakMb} MB`);
        assert(problems > 0, stdout);
        assert(peakMb <= PEAK_MB_MAX, `${path}: ${peakMb} MB`);
      }
    }),
);
