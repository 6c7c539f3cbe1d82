/**
 * A hash of JSON values in 128 bits: the same in whatever order the keys are.
 *
 * It detects changes, not forgeries. A text is mixed in as MurmurHash3 (x86, 128
 * bits) mixes a block, word by word; a member of an object is the hash of its key
 * with that of its value mixed in, and the members are added up.
 *
 * @module
 */

/** Four words of 32 bits. */
export type Hash = Int32Array;

/** Makes an empty hash. */
export function newHash(): Hash {
  return new Int32Array(4);
}

/** What is hashed, so that `"1"`, `1` and `[1]` differ from the start. */
export const SEED = {
  text: 0x1b873593,
  number: 0x2545f491,
  null: 0x38495ab5,
  true: 0x4cf5ad43,
  false: 0x5bd1e995,
  array: 0x6c62272e,
  object: 0x71d67fff,
  key: 0x7feb352d,
} as const;

/** Starts a hash of one of the kinds of {@linkcode SEED}. */
export function start(hash: Hash, seed: number): void {
  hash[0] = seed;
  hash[1] = seed ^ 0x239b961b;
  hash[2] = seed ^ 0x38b34ae5;
  hash[3] = seed ^ 0x4a1be3c9;
}

function rotate(x: number, by: number): number {
  return x << by | x >>> 32 - by;
}

/** Spreads each bit of a word over all of them, and back again: nothing is lost. */
function spread(x: number): number {
  x = Math.imul(x ^ x >>> 16, 0x85ebca6b);
  x = Math.imul(x ^ x >>> 13, 0xc2b2ae35);
  return x ^ x >>> 16;
}

/** The word of a hash that takes the next word, with the one after it mixed in. */
function step(word: number, next: number, added: number): number {
  const mixed = Math.imul(rotate(Math.imul(added, 0x239b961b), 15), 0xab0e9789);
  return Math.imul(rotate(word ^ mixed, 13) + next | 0, 5) + 0x561ccd1b | 0;
}

/** Makes a hash what another one is: faster than `set` for four words. */
export function copyHash(into: Hash, from: Hash): void {
  into[0] = from[0]!;
  into[1] = from[1]!;
  into[2] = from[2]!;
  into[3] = from[3]!;
}

/** Mixes a word in. */
export function addWord(hash: Hash, word: number): void {
  const first = step(hash[0]!, hash[1]!, word);
  hash[0] = hash[1]!;
  hash[1] = hash[2]!;
  hash[2] = hash[3]!;
  hash[3] = first;
}

/** Mixes another hash in. */
export function addHash(hash: Hash, other: Hash): void {
  const b = hash[1]!;
  const c = hash[2]!;
  const d = hash[3]!;
  const first = step(hash[0]!, b, other[0]!);
  const second = step(b, c, other[1]!);
  const third = step(c, d, other[2]!);
  hash[0] = first;
  hash[1] = second;
  hash[2] = third;
  hash[3] = step(d, first, other[3]!);
}

/** Mixes in bytes, and how many they are; the last word is filled with zeros. */
export function addBytes(
  hash: Hash,
  bytes: DataView,
  from: number,
  to: number,
): void {
  let a = hash[0]!;
  let b = hash[1]!;
  let c = hash[2]!;
  let d = hash[3]!;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const mixed = step(a, b, bytes.getInt32(at, true));
    a = b;
    b = c;
    c = d;
    d = mixed;
  }
  let rest = 0;
  for (let i = at; i < to; i++) rest |= bytes.getUint8(i) << 8 * (i - at);
  hash[0] = c;
  hash[1] = d;
  hash[2] = step(a, b, rest);
  hash[3] = step(b, c, to - from);
}

/** Makes every word depend on all of them. */
export function finish(hash: Hash): void {
  let a = hash[0]!;
  let b = hash[1]!;
  let c = hash[2]!;
  let d = hash[3]!;
  a = a + b + c + d | 0;
  b = spread(b + a | 0);
  c = spread(c + a | 0);
  d = spread(d + a | 0);
  a = spread(a) + b + c + d | 0;
  hash[0] = a;
  hash[1] = b + a | 0;
  hash[2] = c + a | 0;
  hash[3] = d + a | 0;
}

/** Adds a hash up: the sum is the same in whatever order. */
export function sumUp(sum: Hash, hash: Hash): void {
  sum[0] = sum[0]! + hash[0]! | 0;
  sum[1] = sum[1]! + hash[1]! | 0;
  sum[2] = sum[2]! + hash[2]! | 0;
  sum[3] = sum[3]! + hash[3]! | 0;
}

/** One word that depends on all of a hash: for tables, which look further. */
export function wordOf(hash: Hash): number {
  return hash[0]! + Math.imul(hash[1]!, 0x85ebca6b) +
      Math.imul(hash[2]!, 0xc2b2ae35) + Math.imul(hash[3]!, 0x2545f491) | 0;
}

const number = new DataView(new ArrayBuffer(8));

/** Hashes a number: 0 and -0 are the same, as JSON has it. */
export function hashNumber(hash: Hash, value: number): void {
  number.setFloat64(0, value === 0 ? 0 : value, true);
  start(hash, SEED.number);
  addWord(hash, number.getInt32(0, true));
  addWord(hash, number.getInt32(4, true));
}

const encoder = new TextEncoder();

/** Hashes a text. One that is not well-formed is hashed as JSON escapes it. */
export function hashText(hash: Hash, seed: number, text: string): void {
  const isWhole = text.isWellFormed();
  const bytes = encoder.encode(isWhole ? text : JSON.stringify(text));
  start(hash, isWhole ? seed : ~seed);
  addBytes(hash, new DataView(bytes.buffer, 0, bytes.length), 0, bytes.length);
}

/** The sum of the hashes of lines, and their number. */
export class HashSum {
  readonly #sum = newHash();
  #count = 0;

  /** Adds a hash, which is finished. */
  add(hash: Hash): void {
    sumUp(this.#sum, hash);
    this.#count++;
  }

  /** As a fingerprint has it. */
  toString(): string {
    const hex = Array.from(
      this.#sum,
      (word) => (word >>> 0).toString(16).padStart(8, "0"),
    );
    return `${this.#count} ${hex.join("")}`;
  }
}
