import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isTooComplex,
  mayBeTooComplex,
  PARSED_BYTES_MAX,
  parsedSize,
} from "../../src/json/parsed_size.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("parsedSize() counts what stands outside of texts", () => {
  const nothing = parsedSize(bytes(`"${'{[,:\\"\\\\'.repeat(50)}"`));
  assert.equal(nothing, 0);
  const one = parsedSize(bytes("{}"));
  assert(one > 0);
  assert.equal(parsedSize(bytes('{"a\\\\":"\\"{"}')), parsedSize(bytes("{:}")));
  assert(parsedSize(bytes("[{},{}]")) > 3 * one);
  // A text that does not end.
  assert.equal(parsedSize(bytes('"\\')), 0);
  assert.equal(parsedSize(bytes('{"{{{{')), one);
});

test("a line that cannot be too complex is never so", () => {
  for (const unit of ["[", "{", "{},", '"":', ",", "[{:,"]) {
    const line = unit.repeat(1024 * 1024 / unit.length);
    for (let length = line.length; length > 1000; length >>= 1) {
      if (mayBeTooComplex(length)) continue;
      const size = parsedSize(bytes(line.slice(0, length)));
      assert(size <= PARSED_BYTES_MAX, `${unit} ${length}`);
    }
    assert.equal(isTooComplex(bytes(unit.repeat(3_000_000))), true, unit);
  }
});
