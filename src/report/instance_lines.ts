/**
 * The lines of one instance that have been read so far.
 *
 * @module
 */
import type { StartRecord, StepRecord } from "../format/records.ts";
import { currentAttempt } from "../read/internal.ts";
import { ByteBuffer, haveEqualBytes } from "./byte_buffer.ts";
import type { LineKind, RawLine } from "./raw_lines.ts";

/** One line: its kind, attempt, step, start and end. */
const FIELDS = 5;
const [KIND, ATTEMPT, STEP, START, END] = [0, 1, 2, 3, 4];
const KINDS: readonly LineKind[] = ["instance", "step", "assertion"];

/**
 * Lines as bytes, and where each is. There may be a million instances: one of
 * these is used again for another, and makes no object for a line.
 */
export class InstanceLines {
  /** Place of the instance. */
  place = -1;
  /** Lines that are still to come. */
  awaited = 0;
  /** Its start, where it never completed. */
  start: StartRecord | null = null;
  readonly #bytes: ByteBuffer = new ByteBuffer();
  #lines = new Float64Array(16 * FIELDS);
  #count = 0;
  /** Of each attempt: where its correlation id starts and ends in the bytes. */
  #attempts = new Float64Array(4);
  #attemptCount = 0;

  /** Begins with another instance. */
  reset(place: number, awaited: number): void {
    this.place = place;
    this.awaited = awaited;
    this.start = null;
    this.#bytes.length = this.#count = this.#attemptCount = 0;
  }

  /** Bytes that it holds at least, also after `reset`. */
  get room(): number {
    return this.#bytes.bytes.length;
  }

  /** Adds a line; returns false for a second one of the instance itself. */
  add(kind: LineKind, line: RawLine): boolean {
    if (kind === "instance" && this.#first("instance") !== -1) return false;
    const attempt = this.#attemptOf(line);
    const start = this.#bytes.length;
    this.#bytes.add(line.bytes, line.start, line.end);
    const at = this.#count++ * FIELDS;
    this.#lines = withRoom(this.#lines, at + FIELDS);
    const lines = this.#lines;
    lines[at + KIND] = KINDS.indexOf(kind);
    lines[at + ATTEMPT] = attempt;
    lines[at + STEP] = line.step_index;
    lines[at + START] = start;
    lines[at + END] = this.#bytes.length;
    return true;
  }

  #attemptOf({ ids, correlationStart, correlationEnd }: RawLine): number {
    const bytes = this.#bytes;
    for (let i = 0; i < this.#attemptCount; i++) {
      const [start, end] = [this.#attempts[2 * i]!, this.#attempts[2 * i + 1]!];
      if (
        haveEqualBytes(
          ids,
          correlationStart,
          correlationEnd,
          bytes.bytes,
          start,
          end,
        )
      ) return i;
    }
    const at = 2 * this.#attemptCount;
    this.#attempts = withRoom(this.#attempts, at + 2);
    this.#attempts[at] = bytes.length;
    bytes.add(ids, correlationStart, correlationEnd);
    this.#attempts[at + 1] = bytes.length;
    return this.#attemptCount++;
  }

  /** Number of the instance's own line; -1 without one. */
  get instanceLine(): number {
    return this.#first("instance");
  }

  /** Numbers of the lines of a kind that are of the attempt that counts. */
  current(kind: "step" | "assertion"): number[] {
    const attempt = this.#currentAttempt();
    const found: number[] = [];
    for (let line = 0; line < this.#count; line++) {
      if (
        this.#isOf(kind, line) &&
        (attempt === undefined || this.#field(line, ATTEMPT) === attempt)
      ) found.push(line);
    }
    const step = (line: number) => this.#field(line, STEP);
    return kind === "step" ? found.sort((a, b) => step(a) - step(b)) : found;
  }

  /** Writes a line. */
  write(line: number, into: ByteBuffer): void {
    into.add(
      this.#bytes.bytes,
      this.#field(line, START),
      this.#field(line, END),
    );
  }

  /** The record of a line. */
  record(line: number): StepRecord {
    return JSON.parse(
      this.#bytes.text(this.#field(line, START), this.#field(line, END)),
    );
  }

  /** The attempt that counts; -1 where no line is of it. */
  #currentAttempt(): number | undefined {
    const { start, instanceLine } = this;
    if (instanceLine !== -1) return this.#field(instanceLine, ATTEMPT);
    // Without its line and a start, the latest records say it.
    const latest = (kind: "step" | "assertion") => {
      const lines = [...Array(this.#count).keys()];
      const last = lines.findLast((line) => this.#isOf(kind, line));
      return start || last === undefined ? [] : [this.record(last)];
    };
    const current = currentAttempt({
      instance: null,
      start,
      steps: latest("step"),
      assertions: latest("assertion"),
    });
    if (current === undefined) return undefined;
    const ids = Array.from(
      { length: this.#attemptCount },
      (_, i) =>
        this.#bytes.text(this.#attempts[2 * i]!, this.#attempts[2 * i + 1]!),
    );
    return ids.indexOf(current);
  }

  #first(kind: LineKind): number {
    for (let line = 0; line < this.#count; line++) {
      if (this.#isOf(kind, line)) return line;
    }
    return -1;
  }

  #isOf(kind: LineKind, line: number): boolean {
    return KINDS[this.#field(line, KIND)] === kind;
  }

  #field(line: number, field: number): number {
    return this.#lines[line * FIELDS + field]!;
  }
}

function withRoom(
  numbers: Float64Array<ArrayBuffer>,
  length: number,
): Float64Array<ArrayBuffer> {
  if (length <= numbers.length) return numbers;
  const larger = new Float64Array(2 * length);
  larger.set(numbers);
  return larger;
}
