/** The hash of a normal form, written down a second time, as its definition reads. */
type Words = [number, number, number, number];

const SEEDS = {
  text: 0x1b873593,
  number: 0x2545f491,
  null: 0x38495ab5,
  true: 0x4cf5ad43,
  false: 0x5bd1e995,
  array: 0x6c62272e,
  object: 0x71d67fff,
  key: 0x7feb352d,
};
const WORD = 2 ** 32;
const times = (a: number, b: number) => {
  const [low, high] = [a % 65536, Math.floor(a / 65536)];
  return (low * b + high * b % 65536 * 65536) % WORD;
};
const plus = (...words: number[]) =>
  words.reduce((sum, word) => (sum + word) % WORD, 0);
const turn = (word: number, by: number) =>
  ((word << by) | (word >>> (32 - by))) >>> 0;

function begin(seed: number): Words {
  return [0, 0x239b961b, 0x38b34ae5, 0x4a1be3c9]
    .map((salt) => (seed ^ salt) >>> 0) as Words;
}

/** The first word takes the added one and the second; then they move up. */
function add([a, b, c, d]: Words, ...added: number[]): Words {
  if (added.length === 0) return [a, b, c, d];
  const [first, ...rest] = added;
  const mixed = times(turn(times(first!, 0x239b961b), 15), 0xab0e9789);
  const word = plus(times(plus(turn((a ^ mixed) >>> 0, 13), b), 5), 0x561ccd1b);
  return add([b, c, d, word], ...rest);
}

/** Whole words from the least byte on, a rest filled with zeros, and the length. */
function addBytes(words: Words, bytes: Uint8Array): Words {
  let hash = words;
  for (let at = 0; at <= bytes.length; at += 4) {
    const four = [0, 1, 2, 3].map((i) => bytes[at + i] ?? 0);
    hash = add(
      hash,
      new DataView(new Uint8Array(four).buffer).getUint32(0, true),
    );
  }
  return add(hash, bytes.length);
}

function spread(word: number): number {
  let x = word >>> 0;
  x = times((x ^ (x >>> 16)) >>> 0, 0x85ebca6b);
  x = times((x ^ (x >>> 13)) >>> 0, 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Every word is made to depend on all of them. */
export function finished([a, b, c, d]: Words): Words {
  const all = plus(a, b, c, d);
  const rest = [b, c, d].map((word) => spread(plus(word, all)));
  const first = plus(spread(all), ...rest);
  return [first, ...rest.map((word) => plus(word, first))] as Words;
}

function textHash(seed: number, text: string): Words {
  return text.isWellFormed()
    ? addBytes(begin(seed), new TextEncoder().encode(text))
    : addBytes(
      begin(~seed >>> 0),
      new TextEncoder().encode(JSON.stringify(text)),
    );
}

/** The hash of a value, before it is finished. */
export function valueHash(value: unknown): Words {
  if (typeof value === "string") return textHash(SEEDS.text, value);
  if (typeof value === "number") {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value + 0, true);
    return add(
      begin(SEEDS.number),
      view.getUint32(0, true),
      view.getUint32(4, true),
    );
  }
  if (typeof value === "boolean") {
    return begin(value ? SEEDS.true : SEEDS.false);
  }
  if (value === null) return begin(SEEDS.null);
  if (Array.isArray(value)) {
    const hash = value.reduce<Words>(
      (hash, item) => add(hash, ...valueHash(item)),
      begin(SEEDS.array),
    );
    return add(hash, value.length);
  }
  const members = Object.entries(value as object).map(([key, member]) =>
    finished(add(textHash(SEEDS.key, key), ...valueHash(member)))
  );
  const sum = [0, 1, 2, 3].map((i) => plus(...members.map((m) => m[i]!), 0));
  return add(begin(SEEDS.object), ...sum, members.length);
}

/** The number of lines, and the sum of their hashes in hex. */
export function naiveSum(values: unknown[]): string {
  const hashes = values.map((value) => finished(valueHash(value)));
  const words = [0, 1, 2, 3].map((i) => plus(...hashes.map((h) => h[i]!), 0));
  const hex = words.map((word) => word.toString(16).padStart(8, "0"));
  return `${values.length} ${hex.join("")}`;
}
