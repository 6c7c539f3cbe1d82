import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  align,
  UNEQUAL_BYTES_MAX,
  type UnequalPair,
} from "../../src/compare/align.ts";
import { fuzzParameters } from "../support/fuzz.ts";

/** `"k:x"` is a line of the key `"k"`. */
class Line {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  get length(): number {
    return this.text.length;
  }

  equals({ text }: Line): boolean {
    return text === this.text;
  }
}

/** Blocks of lines. */
type Blocks = string[][];

async function* stream(blocks: Blocks): AsyncGenerator<Line[]> {
  for (const block of blocks) yield block.map((text) => new Line(text));
}

function keyOf({ text }: Line): string {
  return text.split(":")[0]!;
}

function alignAll(
  a: Blocks,
  b: Blocks,
  unequalBytesMax?: number,
): Promise<UnequalPair<Line>[]> {
  return Array.fromAsync(align(stream(a), stream(b), keyOf, unequalBytesMax));
}

/** `"k:1 k:2"` for a pair, `"k:1 -"` for a line without a counterpart. */
function shown(pairs: UnequalPair<Line>[]): string[] {
  return pairs.map(({ a, b }) => `${a?.text ?? "-"} ${b?.text ?? "-"}`).sort();
}

async function unequal(a: Blocks, b: Blocks): Promise<string[]> {
  return shown(await alignAll(a, b));
}

/** What `align` is to yield: both streams joined in memory, key by key. */
function naiveJoin(a: Blocks, b: Blocks): string[] {
  const restA = withoutEqual(a.flat(), b.flat());
  const restB = withoutEqual(b.flat(), a.flat());
  const keys = new Set(
    [...restA, ...restB].map((text) => keyOf(new Line(text))),
  );
  const pairs: UnequalPair<Line>[] = [];
  for (const key of keys) {
    const [linesA, linesB] = [restA, restB].map((rest) =>
      rest.filter((text) => keyOf(new Line(text)) === key)
    );
    for (let i = 0; i < Math.max(linesA!.length, linesB!.length); i++) {
      pairs.push({ a: lineOf(linesA![i]), b: lineOf(linesB![i]) });
    }
  }
  return shown(pairs);
}

function lineOf(text: string | undefined): Line | undefined {
  return text === undefined ? undefined : new Line(text);
}

/** Removes the first occurrence of a line for each one that `others` have. */
function withoutEqual(lines: string[], others: string[]): string[] {
  const rest = [...lines];
  for (const text of others) {
    const at = rest.indexOf(text);
    if (at !== -1) rest.splice(at, 1);
  }
  return rest;
}

const FEW_KEYS = fc.tuple(fc.constantFrom("k", "l", "m"), fc.nat(3))
  .map(([key, value]) => `${key}:${value}`);
const BLOCKS: fc.Arbitrary<Blocks> = fc.array(
  fc.array(FEW_KEYS, { maxLength: 4 }),
  { maxLength: 12 },
);

/** Each key at most once. */
const UNIQUE_KEYS: fc.Arbitrary<Blocks> = fc.uniqueArray(
  fc.tuple(fc.nat(20), fc.nat(1)),
  { selector: ([key]) => key, maxLength: 20 },
).map((lines) => lines.map(([key, value]) => [`${key}:${value}`]));

test("align() pairs equal lines of one key, in any order and blocks", async () => {
  assert.deepEqual(await unequal([["k:1", "k:2"]], [["k:2", "k:1"]]), []);
  assert.deepEqual(
    await unequal([["k:1"], ["k:2"], ["k:3"]], [["k:2"], ["k:3"], ["k:1"]]),
    [],
  );
  assert.deepEqual(await unequal([["k:1", "l:1"]], [["l:1"], ["k:1"]]), []);
});

test("align() yields what differs, and what has no counterpart", async () => {
  assert.deepEqual(
    await unequal(
      [["k:1"], ["k:2", "k:3"], ["l:1"], ["m:1", "m:1"]],
      [["k:9"], ["k:1"], ["l:2", "n:1"], ["m:1"]],
    ),
    ["- n:1", "k:2 k:9", "k:3 -", "l:1 l:2", "m:1 -"],
  );
});

test("align() yields what a join in memory yields", async () => {
  await fc.assert(
    fc.asyncProperty(BLOCKS, BLOCKS, async (a, b) => {
      assert.deepEqual(await unequal(a, b), naiveJoin(a, b));
    }),
    fuzzParameters(500),
  );
});

test("align() needs no bound where each key occurs once", async () => {
  await fc.assert(
    fc.asyncProperty(
      UNIQUE_KEYS,
      UNIQUE_KEYS,
      fc.nat(20),
      async (a, b, max) => {
        assert.deepEqual(shown(await alignAll(a, b, max)), naiveJoin(a, b));
      },
    ),
  );
});

test("align() loses and repeats no line, however small its bound is", async () => {
  await fc.assert(
    fc.asyncProperty(BLOCKS, BLOCKS, fc.nat(30), async (a, b, max) => {
      const pairs = await alignAll(a, b, max);
      for (const { a, b } of pairs) {
        assert.notEqual(a?.text, b?.text);
        if (a && b) assert.equal(keyOf(a), keyOf(b));
      }
      // What was not yielded of one stream equals what was not of the other.
      const linesOf = (side: "a" | "b") =>
        pairs.flatMap((pair) => pair[side]?.text ?? []);
      assert.deepEqual(
        withoutEqual(a.flat(), linesOf("a")).sort(),
        withoutEqual(b.flat(), linesOf("b")).sort(),
      );
      assert.equal(
        withoutEqual(linesOf("a"), a.flat()).length +
          withoutEqual(linesOf("b"), b.flat()).length,
        0,
      );
    }),
    fuzzParameters(500),
  );
});

test("align() holds exactly UNEQUAL_BYTES_MAX of lines that differ", async () => {
  const half = UNEQUAL_BYTES_MAX / 2;
  const one = "k:1".padEnd(half, "1");
  const other = "k:2".padEnd(half, "2");
  // Both wait until their equals come, in the other order.
  assert.deepEqual(await alignAll([[one], [other]], [[other], [one]]), []);
  // One more, and they are paired before that.
  const longer = other + "2";
  const pairs = await alignAll([[one], [longer]], [[longer], [one]]);
  assert.deepEqual(
    pairs.map(({ a, b }) => [a?.text.length, b?.text.length]),
    [[half, half + 1], [half + 1, half]],
  );
});

test("align() pairs first what has not changed for longest", async () => {
  const pairs = await alignAll(
    [["k:1"], ["l:1"], ["m:1"]],
    [["k:2"], ["l:2"], ["m:2"]],
    12,
  );
  assert.deepEqual(
    pairs.map(({ a, b }) => `${a?.text} ${b?.text}`),
    ["k:1 k:2", "l:1 l:2", "m:1 m:2"],
  );
  // A third line of "k" makes it the one that changed last.
  const changed = await alignAll(
    [["k:1"], ["l:1"], ["k:3"], ["m:1"]],
    [["k:2"], ["l:2"], ["m:2"]],
    15,
  );
  assert.equal(changed[0]?.a?.text, "l:1");
});

test("align() counts only what waits against its bound", async () => {
  // "k:1" has found its equal before "l" comes, so 12 characters wait at most.
  assert.deepEqual(
    await alignAll(
      [["k:1"], ["k:2"], ["l:1"], ["l:2"], ["k:3"]],
      [["k:3"], ["k:1"], ["l:2"], ["l:1"], ["k:2"]],
      12,
    ),
    [],
  );
});

test("align() does not hold all lines where all differ", async () => {
  let read = 0;
  async function* long(value: string): AsyncGenerator<Line[]> {
    for (; read < 1000; read++) {
      yield [new Line(`${read >> 1}:${value.repeat(50_000)}`)];
    }
  }
  for await (const { a, b } of align(long("a"), long("b"), keyOf)) {
    assert.equal(keyOf(a!), keyOf(b!));
    break;
  }
  assert.ok(read < 100, `${read} blocks were read`);
});

test("align() closes both streams when it is left", async () => {
  let closed = 0;
  async function* endless(value: string): AsyncGenerator<Line[]> {
    try {
      for (let i = 0;; i++) yield [new Line(`${i}:${value}`)];
    } finally {
      closed++;
    }
  }
  for await (const _ of align(endless("a"), endless("b"), keyOf, 0)) break;
  assert.equal(closed, 2);
});
