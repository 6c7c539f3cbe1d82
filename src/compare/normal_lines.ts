/**
 * Reads the lines of a file as hashes of their normal form.
 *
 * @module
 */
import { ASSERTION } from "../format/assertion_record.ts";
import { INSTANCE } from "../format/instance_record.ts";
import { artifactPath, type RunPaths } from "../format/layout.ts";
import type { RecordIds, RecordKind } from "../format/record_kind.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  StepRecord,
} from "../format/records.ts";
import { STEP } from "../format/step_record.ts";
import { decode, LineParser, linesOf } from "../read/internal.ts";
import { textsHoldSecrets } from "../json/unnumbered.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { type LineBlock, LineReader } from "../storage/line_reader.ts";
import { LineHash } from "./line_hash.ts";
import { LineHeads } from "./line_heads.ts";
import { CORRELATION_ID_LENGTH_MIN, NormalForm } from "./normal_form.ts";
import { copyHash, type Hash, newHash, wordOf } from "./tree_hash.ts";

/** The kinds of records that have lines. */
export type Lined = InstanceRecord | StepRecord | AssertionRecord;

/** A kind of lines. */
export type LinedKind = "instance" | "step" | "assertion";

const KINDS = {
  instance: INSTANCE,
  step: STEP,
  assertion: ASSERTION,
} as unknown as Record<LinedKind, RecordKind<never>>;

/** Which lines are wanted, and what their instances are called. */
export interface Naming {
  /** Whether a record is of the attempt that counts. */
  counts(ids: Pick<RecordIds, "instance_id" | "correlation_id">): boolean;
  /** What an instance is called; undefined where its lines are left out. */
  nameOf(instance_id: string): string | undefined;
}

/** A line that is wanted or abandoned, as far as it is looked at. */
export interface ReadLine {
  /** What its instance is called; undefined where the line is left out. */
  name: string | undefined;
  /** Whether it is of the attempt that counts. */
  isCounted: boolean;
  step_index: number | null;
  /** Its `observation.latency_ms`, where that is a number. */
  latency_ms: number | undefined;
  /** Whether its `observation.ok` is false. */
  isNotOk: boolean;
  passed: boolean;
  /** Number of the line in the file, from 1. */
  number: number;
  /** Byte offset and length, without the newline. */
  offset: number;
  length: number;
  /** Hash of its normal form. */
  hash: Hash;
}

/** Reads the lines of one file. The members describe the line that was read last. */
export class NormalLines implements ReadLine {
  name: string | undefined;
  isCounted = false;
  step_index: number | null = null;
  latency_ms: number | undefined;
  isNotOk = false;
  passed = false;
  number = 0;
  offset = 0;
  length = 0;
  readonly hash: Hash = newHash();
  /** Number of lines that had to be parsed. */
  parsedCount = 0;
  readonly #reader: LineReader;
  readonly #parser: LineParser<Lined>;
  readonly #quick: LineHash;
  readonly #naming: Naming;
  #block: LineBlock | undefined;
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Whether the block is UTF-8, and no text in it has the number of a secret. */
  #isQuick = false;
  #at = 0;
  readonly #names = new Map<number, KnownName>();
  #recordName: string | undefined;

  private constructor(
    reader: LineReader,
    paths: RunPaths,
    kind: LinedKind,
    naming: Naming,
  ) {
    this.#reader = reader;
    this.#naming = naming;
    this.#parser = new LineParser(linesOf(paths, kind));
    const heads = new LineHeads((ids) => ({
      name: naming.nameOf(ids.instance_id),
      isCounted: naming.counts(ids),
      echo: ids.correlation_id.length < CORRELATION_ID_LENGTH_MIN
        ? undefined
        : new TextEncoder().encode(ids.correlation_id),
    }));
    this.#quick = new LineHash(KINDS[kind], heads);
  }

  /** @throws {ArtifactError} `CORRUPT_FILE`, `READ_FAILED` */
  static async open(
    fs: FileSystem,
    paths: RunPaths,
    kind: LinedKind,
    naming: Naming,
  ): Promise<NormalLines> {
    const { file } = linesOf(paths, kind);
    const reader = await LineReader.open(fs, file);
    return new NormalLines(reader, paths, kind, naming);
  }

  /** Name of the step or assertion that was read last. */
  get recordName(): string {
    return this.#recordName ??= this.#nameOfQuick();
  }

  /**
   * Reads on in the file; returns whether there are more lines.
   *
   * @throws {ArtifactError} `CORRUPT_LINE`, `READ_FAILED`
   */
  async nextBlock(): Promise<boolean> {
    this.#block = await this.#reader.next();
    if (!this.#block) return false;
    const { bytes, offset, tooLong } = this.#block;
    if (tooLong) throw this.#parser.tooLong(bytes, this.number + 1, offset);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const text = decode(bytes);
    this.#isQuick = text !== undefined && !textsHoldSecrets(text);
    this.#at = 0;
    return true;
  }

  /**
   * Reads the next line of the block; returns whether there was one.
   *
   * @throws {ArtifactError} `CORRUPT_LINE`
   */
  nextLine(): boolean {
    const { bytes, offset } = this.#block!;
    const from = this.#at;
    if (from >= bytes.length) return false;
    this.number++;
    this.offset = offset + from;
    const end = this.#isQuick ? this.#quick.read(bytes, this.#view, from) : -1;
    if (end === -1) this.#parse(bytes, from);
    else {
      const quick = this.#quick;
      const { name, isCounted } = quick.head!;
      this.name = name;
      this.isCounted = isCounted;
      this.step_index = quick.stepIndex;
      this.latency_ms = quick.latencyMs;
      this.isNotOk = quick.isNotOk;
      this.passed = quick.passed;
      copyHash(this.hash, quick.hash);
      this.#recordName = undefined;
      this.#at = end + 1;
    }
    this.length = this.#at - 1 - from;
    return true;
  }

  /** Closes the file. */
  close(): Promise<void> {
    return this.#reader.close();
  }

  #parse(bytes: Uint8Array, from: number): void {
    const end = bytes.indexOf(10, from);
    this.#at = end + 1;
    this.parsedCount++;
    const line = bytes.subarray(from, end);
    const record = this.#parser.parseLine(line, this.number, this.offset);
    const { observation, step_index, passed, step_name, assertion_name } =
      record as StepRecord & AssertionRecord;
    this.name = this.#naming.nameOf(record.instance_id);
    this.isCounted = this.#naming.counts(record);
    this.step_index = step_index ?? null;
    const latency_ms = observation?.latency_ms;
    this.latency_ms = typeof latency_ms === "number" ? latency_ms : undefined;
    this.isNotOk = observation?.ok === false;
    this.passed = Boolean(passed);
    this.#recordName = step_name ?? assertion_name ?? "";
    normalForm(record, this.#naming.nameOf).hash(this.hash);
  }

  /** Few names recur: each is decoded once. */
  #nameOfQuick(): string {
    const { name } = this.#quick;
    const word = wordOf(name);
    const known = this.#names.get(word);
    if (known && known.hash.every((word, i) => word === name[i])) {
      return known.text;
    }
    const text = this.#quick.nameText();
    if (this.#names.size === NAMES_MAX) this.#names.clear();
    this.#names.set(word, { hash: name.slice(), text });
    return text;
  }
}

/** Names that are kept at hand. */
const NAMES_MAX = 1000;

/** A name and its hash. */
interface KnownName {
  hash: Hash;
  text: string;
}

/** The normal form of a record, under the name of its instance. */
export function normalForm<R extends Lined>(
  record: R,
  nameOf: Naming["nameOf"],
): NormalForm<R> {
  const name = nameOf(record.instance_id);
  return new NormalForm(
    name === undefined || name === record.instance_id
      ? record
      : renamed(record, name, nameOf),
  );
}

/** A record of an instance under another name, with the paths of its files. */
function renamed<R extends InstanceRecord | StepRecord | AssertionRecord>(
  record: R,
  name: string,
  nameOf: (instance_id: string) => string | undefined,
): R {
  const { instance_id, artifacts, retry_of } = record as
    & RecordIds
    & Partial<StepRecord & InstanceRecord>;
  const own = artifactPath(instance_id, "");
  return {
    ...record,
    instance_id: name,
    ...(artifacts && {
      artifacts: artifacts.map((path) =>
        path.startsWith(own) ? artifactPath(name, path.slice(own.length)) : path
      ),
    }),
    ...(retry_of && { retry_of: nameOf(retry_of) ?? retry_of }),
  };
}
