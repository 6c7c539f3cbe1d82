import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import {
  correlate,
  randomNonce,
  stepSpanId,
} from "../../src/format/correlation.ts";

const NONCE = "0af7651916cd43dd8448eb211c80319c";

test("correlate() is the SHA-256 of nonce and instance id", () => {
  const hex = createHash("sha256").update(`${NONCE}\ninst_001`).digest("hex");
  assert.deepEqual(correlate(NONCE, "inst_001", 1), {
    correlation_id: hex.slice(0, 32),
    span_id: hex.slice(32, 48),
  });
});

test("correlate() returns other ids for another nonce, instance or attempt", () => {
  const ids = new Set<string>();
  for (const nonce of [NONCE, randomNonce(), randomNonce()]) {
    for (let n = 0; n < 200; n++) {
      for (const attempt of [1, 2]) {
        const { correlation_id, span_id } = correlate(
          nonce,
          `inst_${n}`,
          attempt,
        );
        assert.match(correlation_id, /^[0-9a-f]{32}$/);
        assert.match(span_id, /^[0-9a-f]{16}$/);
        ids.add(correlation_id);
      }
    }
  }
  assert.equal(ids.size, 3 * 200 * 2);
});

test("stepSpanId() returns another id for each step of an instance", () => {
  for (const span_id of ["00f067aa0ba902b7", "00000000ffffffff"]) {
    const ids = new Set([span_id]);
    for (let step = 0; step < 1000; step++) {
      const id = stepSpanId(span_id, step);
      assert.match(id, /^(?!0{16})[0-9a-f]{16}$/);
      ids.add(id);
    }
    assert.equal(ids.size, 1001);
  }
});

test("stepSpanId() moves the low 32 bits of the instance's on", () => {
  const moved: [string, number, string][] = [
    ["00f067aa0ba902b7", 0, "00f067aa0ba902b8"],
    ["00f067aaffffffff", 0, "00f067aa00000000"],
    ["fedcba98fffffffe", 16, "fedcba980000000f"],
    ["abcdef0980000000", 2 ** 31, "abcdef0900000001"],
    ["00000000ffffffff", 0, "1000000000000000"],
  ];
  for (const [span_id, step, expected] of moved) {
    assert.equal(stepSpanId(span_id, step), expected);
  }
});
