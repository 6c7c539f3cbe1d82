/**
 * Reads the lines of a file as bytes: makes no object and no text of them.
 *
 * @module
 */
import { decode, linesOf } from "../read/internal.ts";
import { runPaths } from "../format/layout.ts";
import type { RunReader } from "../read/mod.ts";
import { parseJson } from "../json/value.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import { LineReader } from "../storage/line_reader.ts";

const NEWLINE = 10;
const QUOTE = 34;
const [ZERO, NINE] = [48, 57];
const BACKSLASH = 92;

/** How lines begin as the format has them. */
const INSTANCE_ID = ascii('{"instance_id":"');
const RUN_ID = ascii(',"run_id":"');
const CORRELATION_ID = ascii(',"correlation_id":"');
const STEP_INDEX = ascii(',"step_index":');

/** The kinds of records that an instance may have many of, and its own. */
export type LineKind = "instance" | "step" | "assertion";

/** One line, and where its texts are in it: used again for the next one. */
export interface RawLine {
  /** The line is a part of them. */
  bytes: Uint8Array;
  start: number;
  /** Its newline is not in it. */
  end: number;
  idStart: number;
  idEnd: number;
  correlationStart: number;
  correlationEnd: number;
  /** -1 where it has none. */
  step_index: number;
  /** The ids are in here where the line does not begin as the format has it. */
  ids: Uint8Array;
}

interface Fields {
  instance_id: string;
  correlation_id: string;
  step_index?: number | null;
  timestamp?: string;
  completed_at?: string;
  observation?: { latency_ms?: unknown };
}

/** The lines of one file, a block at a time. */
export class RawLines {
  /** What its lines are. */
  readonly kind: LineKind;
  /** When the last line was written that was read: within what a clock jumps. */
  timeMs: number = -Infinity;
  readonly #lines: LineReader;
  readonly #isRecord: (value: unknown) => boolean;
  readonly #isSound: boolean;
  readonly #line: RawLine = {
    bytes: new Uint8Array(),
    start: 0,
    end: 0,
    idStart: 0,
    idEnd: 0,
    correlationStart: 0,
    correlationEnd: 0,
    step_index: -1,
    ids: new Uint8Array(),
  };

  private constructor(
    kind: LineKind,
    lines: LineReader,
    isRecord: (value: unknown) => boolean,
    isSound: boolean,
  ) {
    this.kind = kind;
    this.#lines = lines;
    this.#isRecord = isRecord;
    this.#isSound = isSound;
  }

  /**
   * Opens a file of a run; undefined where it is missing.
   *
   * @param isSound Whether all its lines were read before, and none was bad: such
   * are not parsed.
   * @throws {ArtifactError} `READ_FAILED`
   */
  static async open(
    { fs, path }: RunReader,
    kind: LineKind,
    isSound: boolean,
  ): Promise<RawLines | undefined> {
    const { file, isRecord } = linesOf(runPaths(path), kind);
    if (!(await fs.stat(file))?.isFile) return undefined;
    return new RawLines(
      kind,
      await LineReader.open(fs, file),
      isRecord,
      isSound,
    );
  }

  /**
   * Reads the next block and visits its lines, the bad ones left out. Returns false
   * at the end of the file.
   *
   * @throws {ArtifactError} `READ_FAILED`
   */
  async next(visit: (line: RawLine) => void): Promise<boolean> {
    const block = await this.#lines.next();
    if (!block || block.tooLong) return block !== undefined;
    const { bytes } = block;
    const line = this.#line;
    line.bytes = bytes;
    let [lastStart, lastEnd] = [0, 0];
    for (let start = 0, end = 0; start < bytes.length; start = end + 1) {
      end = bytes.indexOf(NEWLINE, start);
      line.start = start;
      line.end = end;
      const isRecord = this.#isSound && readHead(line) || this.#parse(line);
      if (!isRecord) continue;
      visit(line);
      [lastStart, lastEnd] = [start, end];
    }
    const last = fieldsOf(bytes.subarray(lastStart, lastEnd), this.#isRecord);
    if (last) this.timeMs = writtenMs(last) || this.timeMs;
    return true;
  }

  #parse(line: RawLine): boolean {
    const { bytes, start, end } = line;
    const fields = fieldsOf(bytes.subarray(start, end), this.#isRecord);
    if (!fields) return false;
    const ids = new ByteBuffer();
    ids.addText(fields.instance_id);
    line.idStart = 0;
    line.idEnd = line.correlationStart = ids.length;
    ids.addText(fields.correlation_id);
    line.correlationEnd = ids.length;
    line.ids = ids.bytes;
    line.step_index = fields.step_index ?? -1;
    return true;
  }

  /** Closes the file. */
  close(): Promise<void> {
    return this.#lines.close();
  }
}

/** A step is written when it ends, and has the time of its start. */
function writtenMs({ completed_at, timestamp = "", observation }: Fields) {
  const latencyMs = Number(observation?.latency_ms ?? 0) || 0;
  return Date.parse(completed_at ?? timestamp) + latencyMs;
}

/** Undefined where it is not a record. */
function fieldsOf(
  bytes: Uint8Array,
  isRecord: (value: unknown) => boolean,
): Fields | undefined {
  const text = decode(bytes);
  if (text === undefined) return undefined;
  try {
    const value = parseJson(text);
    return isRecord(value) ? value as Fields : undefined;
  } catch {
    return undefined; // It is reported where it was read first.
  }
}

/** Returns false where the line does not begin as the format has it. */
function readHead(line: RawLine): boolean {
  const { bytes, start } = line;
  const idEnd = textEnd(bytes, start, INSTANCE_ID);
  const runEnd = textEnd(bytes, idEnd, RUN_ID);
  const end = textEnd(bytes, runEnd, CORRELATION_ID);
  if (end === -1) return false;
  line.ids = bytes;
  line.idStart = start + INSTANCE_ID.length;
  line.idEnd = idEnd - 1;
  line.correlationStart = runEnd + CORRELATION_ID.length;
  line.correlationEnd = end - 1;
  line.step_index = numberAfter(bytes, end, STEP_INDEX);
  return true;
}

/**
 * Where a text ends, its quote included, that begins with these bytes; -1 where it
 * does not, or has an escape.
 */
function textEnd(bytes: Uint8Array, from: number, start: Uint8Array): number {
  if (from === -1 || !startsWith(bytes, from, start)) return -1;
  for (let at = from + start.length; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) return -1;
    if (bytes[at] === QUOTE) return at + 1;
  }
  return -1;
}

/** The digits after these bytes; -1 without any. */
function numberAfter(
  bytes: Uint8Array,
  from: number,
  start: Uint8Array,
): number {
  if (!startsWith(bytes, from, start)) return -1;
  let [number, at] = [-1, from + start.length];
  for (; bytes[at]! >= ZERO && bytes[at]! <= NINE; at++) {
    number = Math.max(0, number) * 10 + bytes[at]! - ZERO;
  }
  return number;
}

function startsWith(
  bytes: Uint8Array,
  from: number,
  start: Uint8Array,
): boolean {
  for (let i = 0; i < start.length; i++) {
    if (bytes[from + i] !== start[i]) return false;
  }
  return true;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
