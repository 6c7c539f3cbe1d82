/** The benches run: the parts that need no peer, at sizes of a moment. */
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { command, finish, RUNTIME } from "../support/runtimes.ts";

const AT_SIZE = { INSTANCES_OF_RUN: "200", RUNS_LISTED: "3" };
const SIZES = { RECORDS: "500", ROUNDS: "2", ARTIFACTS: "50", ...AT_SIZE };

/** A part, its arguments, and figures that cannot be nothing. */
const PARTS: [part: string, numbers: string[], figures: string[]][] = [
  ["validation", [], ["madeNs", "encodedNs", "checkedNs", "searchedNs"]],
  ["growth", ["500", "20"], ["usPerStep", "peakMb"]],
  ["artifacts", [], ["filesPerS", "finalizeMs"]],
  ["commandLine", [], ["runMb"]],
];

for (const [part, numbers, figures] of PARTS) {
  const skip = part === "commandLine" && RUNTIME !== "node" &&
    "the slowest part, with the same code everywhere: once, on Node";
  test(
    `bench/measure.ts ${part} measures on ${RUNTIME}`,
    { skip },
    async () => {
      Object.assign(process.env, SIZES);
      const args = [part, ...numbers];
      const { code, stdout, stderr } = await finish(
        ...command(RUNTIME, "bench/measure.ts", args),
      );
      assert.equal(code, 0, stderr);
      const { version, result } = JSON.parse(stdout);
      assert.match(version, new RegExp(`^${RUNTIME} \\d`, "i"));
      for (const name of figures) {
        for (const figure of [result[name]].flat()) {
          assert.ok(figure > 0, `${name} is ${figure}`);
        }
      }
    },
  );
}
