import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { correlate } from "../../src/format/correlation.ts";

test("correlate() is the SHA-256 of run id, seed and instance id", () => {
  const hex = createHash("sha256").update("run_1\n42\ninst_001").digest("hex");
  assert.deepEqual(correlate("run_1", 42, "inst_001", 1), {
    correlation_id: hex.slice(0, 32),
    span_id: hex.slice(32, 48),
  });
});

test("correlate() gives other ids for another run, seed or instance", () => {
  const ids = new Set<string>();
  for (const run of ["run_1", "run_2"]) {
    for (const seed of [null, 1, 2, "1", "null"]) {
      for (let n = 0; n < 200; n++) {
        for (const attempt of [1, 2]) {
          const { correlation_id, span_id } = correlate(
            run,
            seed,
            `inst_${n}`,
            attempt,
          );
          assert.match(correlation_id, /^[0-9a-f]{32}$/);
          assert.match(span_id, /^[0-9a-f]{16}$/);
          ids.add(correlation_id);
        }
      }
    }
  }
  assert.equal(ids.size, 2 * 5 * 200 * 2);
});
