/**
 * Pairs the lines of two streams by key, whatever their order.
 *
 * @module
 */

/** Two different lines of one key, or one line that has no counterpart. */
export interface UnequalPair<L> {
  /** The line of the first stream; undefined where it has none. */
  a: L | undefined;
  /** The line of the second stream; undefined where it has none. */
  b: L | undefined;
}

/** Maximum bytes of the lines that wait for an equal one. */
export const UNEQUAL_BYTES_MAX: number = 1024 * 1024;

/** A line as far as it is aligned. */
export interface AlignedLine<L> {
  /** Its length in bytes. */
  length: number;
  /** Whether another line is equal. */
  equals(other: L): boolean;
}

/**
 * Yields the lines that differ, as pairs of one key, and then those that have no
 * counterpart. Of several lines of one key, equal ones are paired first, the
 * first of one stream with the first of the other, and the rest in their order.
 *
 * Each line that is read is paired at once with an equal one that waits on the
 * other side, and else waits itself. So at any time, of the lines of one key:
 *
 * 1. no two that wait on different sides are equal;
 * 2. lines wait on both sides only where they differ. They are held, because
 *    later lines may be equal to them, up to `unequalBytesMax`; over that, the
 *    lines of the key that has not changed for longest are paired as they are.
 *
 * Both streams are read at the same pace, so few lines wait where their order is
 * alike; at most half of both streams where it is not.
 *
 * @param keyOf Returns the key of a line.
 * @param unequalBytesMax Default: {@linkcode UNEQUAL_BYTES_MAX}.
 */
export async function* align<L extends AlignedLine<L>>(
  a: AsyncGenerator<L[]>,
  b: AsyncGenerator<L[]>,
  keyOf: (line: L) => string,
  unequalBytesMax: number = UNEQUAL_BYTES_MAX,
): AsyncGenerator<UnequalPair<L>> {
  const [sideA, sideB] = [new Side(a), new Side(b)];
  const unequal = new UnequalKeys();
  try {
    for (;;) {
      const side = nextToRead(sideA, sideB);
      if (!side) break;
      const other = side === sideA ? sideB : sideA;
      for (const line of await side.read()) {
        const key = keyOf(line);
        if (!other.removeEqual(key, line)) side.hold(key, line);
        unequal.update(key, side.waiting.get(key), other.waiting.get(key));
      }
      while (unequal.bytes > unequalBytesMax) {
        yield* removePairs(unequal.removeOldest(), sideA, sideB);
      }
    }
  } finally {
    await sideA.close();
    await sideB.close();
  }
  for (const key of unequal.keys()) yield* removePairs(key, sideA, sideB);
  for (const line of sideA.waitingLines()) yield { a: line, b: undefined };
  for (const line of sideB.waitingLines()) yield { a: undefined, b: line };
}

/** Lines of one key and one side that wait for a counterpart, in their order. */
interface Waiting<L> {
  lines: L[];
  /** Their length. */
  bytes: number;
}

/** One of the two streams, and its lines that wait. */
class Side<L extends AlignedLine<L>> {
  linesRead = 0;
  hasEnded = false;
  readonly waiting = new Map<string, Waiting<L>>();
  readonly #stream: AsyncGenerator<L[]>;

  constructor(stream: AsyncGenerator<L[]>) {
    this.#stream = stream;
  }

  /** Reads the next block of lines; an empty one at the end. */
  async read(): Promise<L[]> {
    const { value: lines, done } = await this.#stream.next();
    if (done) {
      this.hasEnded = true;
      return [];
    }
    this.linesRead += lines.length;
    return lines;
  }

  /** Lets a line wait. */
  hold(key: string, line: L): void {
    const waiting = this.waiting.get(key);
    if (waiting) {
      waiting.lines.push(line);
      waiting.bytes += line.length;
    } else {
      this.waiting.set(key, { lines: [line], bytes: line.length });
    }
  }

  /** Removes the first waiting line that is equal; returns whether there was one. */
  removeEqual(key: string, equal: L): boolean {
    const waiting = this.waiting.get(key);
    if (!waiting) return false;
    const at = waiting.lines.findIndex((line) => line.equals(equal));
    if (at === -1) return false;
    waiting.lines.splice(at, 1);
    waiting.bytes -= equal.length;
    if (waiting.lines.length === 0) this.waiting.delete(key);
    return true;
  }

  /** Removes the first `count` waiting lines of a key. */
  removeFirst(key: string, count: number): L[] {
    const waiting = this.waiting.get(key)!;
    const removed = waiting.lines.splice(0, count);
    for (const { length } of removed) waiting.bytes -= length;
    if (waiting.lines.length === 0) this.waiting.delete(key);
    return removed;
  }

  /** Iterates over all waiting lines. */
  *waitingLines(): Generator<L> {
    for (const { lines } of this.waiting.values()) yield* lines;
  }

  /** Closes the stream. */
  async close(): Promise<void> {
    await this.#stream.return(undefined);
  }
}

/** Returns the side that is behind; undefined where both have ended. */
function nextToRead<L extends AlignedLine<L>>(
  a: Side<L>,
  b: Side<L>,
): Side<L> | undefined {
  if (a.hasEnded) return b.hasEnded ? undefined : b;
  return b.hasEnded || a.linesRead <= b.linesRead ? a : b;
}

/** Removes the lines of a key that wait on both sides, in pairs. */
function* removePairs<L extends AlignedLine<L>>(
  key: string,
  a: Side<L>,
  b: Side<L>,
): Generator<UnequalPair<L>> {
  const count = Math.min(
    a.waiting.get(key)!.lines.length,
    b.waiting.get(key)!.lines.length,
  );
  const [linesA, linesB] = [
    a.removeFirst(key, count),
    b.removeFirst(key, count),
  ];
  for (let i = 0; i < count; i++) yield { a: linesA[i], b: linesB[i] };
}

/** The keys with lines that wait on both sides, by their last change. */
class UnequalKeys {
  /** Length of all their waiting lines. */
  bytes = 0;
  readonly #bytesByKey = new Map<string, number>();

  /** Registers the lines of a key that wait now. */
  update(
    key: string,
    one: Waiting<unknown> | undefined,
    other: Waiting<unknown> | undefined,
  ): void {
    this.#remove(key);
    if (!one || !other) return;
    const bytes = one.bytes + other.bytes;
    this.#bytesByKey.set(key, bytes);
    this.bytes += bytes;
  }

  /** Removes and returns the key that has not changed for longest. */
  removeOldest(): string {
    for (const key of this.#bytesByKey.keys()) {
      this.#remove(key);
      return key;
    }
    throw new Error("Invariant: no key has the length that was counted");
  }

  keys(): Iterable<string> {
    return this.#bytesByKey.keys();
  }

  #remove(key: string): void {
    this.bytes -= this.#bytesByKey.get(key) ?? 0;
    this.#bytesByKey.delete(key);
  }
}
