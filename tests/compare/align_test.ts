import assert from "node:assert/strict";
import { test } from "node:test";
import { align, type UnequalPair } from "../../src/compare/align.ts";
import type { NormalLine } from "../../src/compare/normal_run.ts";

type Line = NormalLine<string>;

/** `"k:x"` is the line `"k:x"` of the key `"k"`. */
async function* stream(...blocks: string[][]): AsyncGenerator<Line[]> {
  for (const block of blocks) {
    yield block.map((text) => ({ record: text.split(":")[0]!, text }));
  }
}

async function unequal(a: string[][], b: string[][]): Promise<string[]> {
  const pairs: UnequalPair<string>[] = await Array.fromAsync(
    align(stream(...a), stream(...b), (key) => key),
  );
  return pairs.map(({ a, b }) => `${a?.text ?? "-"} ${b?.text ?? "-"}`).sort();
}

test("align() pairs equal lines of one key, whatever their order and blocks", async () => {
  assert.deepEqual(await unequal([["k:1", "k:2"]], [["k:2", "k:1"]]), []);
  assert.deepEqual(
    await unequal([["k:1"], ["k:2"], ["k:3"]], [["k:2"], ["k:3"], ["k:1"]]),
    [],
  );
  assert.deepEqual(await unequal([["k:1", "l:1"]], [["l:1"], ["k:1"]]), []);
});

test("align() gives what differs, and what has no counterpart", async () => {
  assert.deepEqual(
    await unequal(
      [["k:1"], ["k:2", "k:3"], ["l:1"], ["m:1", "m:1"]],
      [["k:9"], ["k:1"], ["l:2", "n:1"], ["m:1"]],
    ),
    ["- n:1", "k:2 k:9", "k:3 -", "l:1 l:2", "m:1 -"],
  );
});

test("align() does not hold all lines where all differ", async () => {
  let read = 0;
  async function* long(value: string): AsyncGenerator<Line[]> {
    for (; read < 1000; read++) {
      yield [{ record: `${read >> 1}`, text: value.repeat(50_000) }];
    }
  }
  for await (const { a, b } of align(long("a"), long("b"), (key) => key)) {
    assert.equal(a?.record, b?.record);
    break;
  }
  assert.ok(read < 100, `${read} blocks were read`);
});
