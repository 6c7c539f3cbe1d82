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

/**
 * Gives the lines that differ, as pairs of one key, and those that have no
 * counterpart. Lines of one key are paired in their order.
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
  try {
    for (;;) {
      const open = sides.filter((side) => !side.ended);
      if (open.length === 0) break;
      const from = open.reduce((x, y) => y.lines_read < x.lines_read ? y : x);
      const other = from === sides[0] ? sides[1] : sides[0];
      const { value: lines, done } = await from.stream.next();
      if (done) {
        from.ended = true;
        continue;
      }
      from.lines_read += lines.length;
      for (const line of lines) {
        const key = keyOf(line.record);
        const counterpart = take(other.waiting, key);
        if (!counterpart) put(from.waiting, key, line);
        else if (counterpart.text !== line.text) {
          yield from === sides[0]
            ? { a: line, b: counterpart }
            : { a: counterpart, b: line };
        }
      }
    }
  } finally {
    for (const { stream } of sides) await stream.return(undefined);
  }
  for (const lines of sides[0].waiting.values()) {
    for (const line of lines) yield { a: line, b: undefined };
  }
  for (const lines of sides[1].waiting.values()) {
    for (const line of lines) yield { a: undefined, b: line };
  }
}

interface Side<R> {
  stream: AsyncGenerator<NormalLine<R>[]>;
  waiting: Map<string, NormalLine<R>[]>;
  lines_read: number;
  ended: boolean;
}

function side<R>(stream: AsyncGenerator<NormalLine<R>[]>): Side<R> {
  return { stream, waiting: new Map(), lines_read: 0, ended: false };
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

function take<R>(
  waiting: Map<string, NormalLine<R>[]>,
  key: string,
): NormalLine<R> | undefined {
  const lines = waiting.get(key);
  const line = lines?.shift();
  if (lines?.length === 0) waiting.delete(key);
  return line;
}
