/**
 * The walk of records in a fresh process, where V8 has seen nothing else: by what
 * V8 says of it, not by time.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { command, finish, RUNTIME } from "../support/runtimes.ts";

const RECORDER = fileURLToPath(new URL("record_first.ts", import.meta.url));
/** In the trap it is hundreds of times, else none or a few. */
const GIVEN_UP_MAX = 10;

test("no first record makes V8 optimize the walk again and again", {
  skip: RUNTIME === "bun" && "Bun is not V8",
}, async () => {
  for (const first of ["one-key", "getter", "numbered", "none"]) {
    const [program, args] = command(RUNTIME, RECORDER, [first], [
      "--allow-all",
      "--v8-flags=--trace-deopt",
    ]);
    const flags = RUNTIME === "node" ? ["--trace-deopt"] : [];
    const { code, stdout, stderr } = await finish(program, [...flags, ...args]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /written 60000/);
    assert.match(stdout, /bailout/); // V8 says when it gives up.
    const givenUp = stdout.split("unexpected name in keyed access").length - 1;
    assert.ok(givenUp <= GIVEN_UP_MAX, `${first}: ${givenUp} times`);
  }
});
