/**
 * Two streams of lines side by side, whatever their order.
 *
 * @module
 */
import type { NormalLine } from "./normal_run.ts";

/** The lines of one key that differ: one on each side, or on one side only. */
export interface UnequalPair<R> {
  /** What the first stream has; undefined where it has no such line. */
  a: NormalLine<R> | undefined;
  /** What the second stream has; undefined where it has no such line. */
  b: NormalLine<R> | undefined;
}

/** Length of the lines, as text, that wait for an equal one of their key. */
const UNEQUAL_CHARS_MAX = 1024 * 1024;

/**
 * Gives the lines that differ, as pairs of one key, and those that have no
 * counterpart. Of several lines of one key, equal ones are paired first,
 * whatever their order, and the others in their order: so it is as long as
 * those that differ stand within some megabyte.
 *
 * Reads both streams at the same pace and holds the lines that wait for their
 * counterpart: few where the order is alike, and no more than half of both
 * streams where it is not.
 *
 * @param keyOf What lines are aligned by.
 */
export async function* align<R>(
  a: AsyncGenerator<NormalLine<R>[]>,
  b: AsyncGenerator<NormalLine<R>[]>,
  keyOf: (record: R) => string,
): AsyncGenerator<UnequalPair<R>> {
  const sides = [side(a), side(b)] as const;
  const unequal = new UnequalKeys();
  try {
    for (;;) {
      const open = sides.filter((side) => !side.ended);
      if (open.length === 0) break;
      const from = open.reduce((x, y) => y.linesRead < x.linesRead ? y : x);
      const other = from === sides[0] ? sides[1] : sides[0];
      const { value: lines, done } = await from.stream.next();
      if (done) {
        from.ended = true;
        continue;
      }
      from.linesRead += lines.length;
      for (const line of lines) {
        const key = keyOf(line.record);
        if (!takeEqual(other.waiting, key, line)) put(from.waiting, key, line);
        unequal.weigh(key, from.waiting.get(key), other.waiting.get(key));
      }
      for (const key of unequal.tooMany()) yield* pairs(sides, key);
    }
  } finally {
    for (const { stream } of sides) await stream.return(undefined);
  }
  for (const key of unequal.all()) yield* pairs(sides, key);
  for (const lines of sides[0].waiting.values()) {
    for (const line of lines) yield { a: line, b: undefined };
  }
  for (const lines of sides[1].waiting.values()) {
    for (const line of lines) yield { a: undefined, b: line };
  }
}

/** Keys of which lines wait on both sides, those first that have waited longest. */
class UnequalKeys {
  readonly #chars = new Map<string, number>();
  #charsSum = 0;

  /** Takes note of what waits of a key now. */
  weigh<R>(key: string, ...lines: (NormalLine<R>[] | undefined)[]): void {
    this.#remove(key);
    if (lines.includes(undefined)) return;
    const chars = lines.flat().reduce(
      (sum, line) => sum + line!.text.length,
      0,
    );
    this.#chars.set(key, chars);
    this.#charsSum += chars;
  }

  /** Takes out the keys that there is no room for. */
  *tooMany(): Generator<string> {
    for (const key of this.#chars.keys()) {
      if (this.#charsSum <= UNEQUAL_CHARS_MAX) return;
      this.#remove(key);
      yield key;
    }
  }

  /** The keys. */
  all(): Iterable<string> {
    return this.#chars.keys();
  }

  #remove(key: string): void {
    this.#charsSum -= this.#chars.get(key) ?? 0;
    this.#chars.delete(key);
  }
}

interface Side<R> {
  stream: AsyncGenerator<NormalLine<R>[]>;
  waiting: Map<string, NormalLine<R>[]>;
  linesRead: number;
  ended: boolean;
}

function side<R>(stream: AsyncGenerator<NormalLine<R>[]>): Side<R> {
  return { stream, waiting: new Map(), linesRead: 0, ended: false };
}

function put<R>(
  waiting: Map<string, NormalLine<R>[]>,
  key: string,
  line: NormalLine<R>,
): void {
  const lines = waiting.get(key);
  if (lines) lines.push(line);
  else waiting.set(key, [line]);
}

/** Takes out a line that is equal; tells whether there was one. */
function takeEqual<R>(
  waiting: Map<string, NormalLine<R>[]>,
  key: string,
  { text }: NormalLine<R>,
): boolean {
  const lines = waiting.get(key);
  const index = lines?.findIndex((line) => line.text === text) ?? -1;
  if (index === -1) return false;
  if (lines!.length === 1) waiting.delete(key);
  else lines!.splice(index, 1);
  return true;
}

/** Takes out the lines that wait on both sides, in pairs. */
function* pairs<R>(
  [{ waiting: a }, { waiting: b }]: readonly [Side<R>, Side<R>],
  key: string,
): Generator<UnequalPair<R>> {
  const [linesA, linesB] = [a.get(key)!, b.get(key)!];
  const count = Math.min(linesA.length, linesB.length);
  for (let i = 0; i < count; i++) yield { a: linesA[i], b: linesB[i] };
  for (const [waiting, lines] of [[a, linesA], [b, linesB]] as const) {
    if (lines.length === count) waiting.delete(key);
    else waiting.set(key, lines.slice(count));
  }
}
