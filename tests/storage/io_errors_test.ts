import assert from "node:assert/strict";
import { test } from "node:test";
import { ArtifactError } from "../../mod.ts";
import { readGuard, writeGuard } from "../../src/storage/io_errors.ts";

const GUARDS = { READ_FAILED: readGuard, WRITE_FAILED: writeGuard };

for (const [code, guard] of Object.entries(GUARDS)) {
  test(`${guard.name}() returns what the action returns, at once or later`, async () => {
    assert.equal(await guard("a.txt", () => 7), 7);
    assert.equal(await guard("a.txt", () => Promise.resolve(8)), 8);
  });

  test(`${guard.name}() reports what was thrown as ${code}, with file and cause`, async () => {
    for (const cause of [new Error("EIO: no luck"), "a text"]) {
      await assert.rejects(
        guard("a.txt", () => {
          throw cause;
        }),
        (error: ArtifactError) => {
          assert.ok(error instanceof ArtifactError);
          assert.deepEqual([error.code, error.file], [code, "a.txt"]);
          assert.equal(error.cause, cause);
          assert.match(error.message, /"a\.txt": (?:EIO: no luck|a text)$/);
          return true;
        },
      );
    }
  });

  test(`${guard.name}() lets an error of this library through`, async () => {
    const own = new ArtifactError("CORRUPT_LINE", "as it was");
    const work = guard("a.txt", () => Promise.reject(own));
    await assert.rejects(work, (error) => error === own);
  });
}
