/**
 * Appends lines to a file with group commit.
 *
 * A batch goes from open to acknowledged through one state, and so it is one file.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import type { RunFailure } from "./run_failure.ts";
import type { FileHandle } from "./file_system.ts";
import {
  BATCH_BYTES_MAX,
  QUEUE_BYTES_MAX,
  READY_BYTES_MAX,
  SHORT_TEXT_MAX,
} from "./limits.ts";
import { isWholeLine, LineBatch } from "./line_batch.ts";
import { LineSink } from "./line_sink.ts";
import { afterMicrotasks, afterPendingEvents } from "./event_loop.ts";
import { invariant } from "./invariant.ts";
import { LoneProducer } from "./lone_producer.ts";

/** Options of an {@linkcode AppendLog}. */
export interface AppendLogOptions {
  /** Path of the file, for error messages. */
  file: string;
  /** When the promise of an append resolves. */
  acknowledge: "written" | "durable";
  /**
   * Awaited after a batch is closed and before any byte of it is written: it can
   * wait for what was appended to other files before a line of the batch.
   */
  beforeWrite?: () => Promise<unknown> | undefined;
  /**
   * Awaited after each sync and before what it covers is acknowledged: throws
   * where this writer has lost its run.
   */
  fence?: (() => void | Promise<void>) | undefined;
  /** What may wait to be written: bytes, and of texts UTF-16 code units. */
  queueBytesMax?: number;
  /** The failure that all files of a run share. */
  failure: RunFailure;
}

/** What the append of a line returns that is written already. */
const WRITTEN: Promise<void> = Promise.resolve();

/** Nobody has to await it. */
function rejected(error: ArtifactError): Promise<void> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}

/** Lines that are written together. */
interface Batch {
  content: LineBatch;
  lines: number;
  /** Whether its turn of the event loop has ended: it is to be written now. */
  due: boolean;
  /** The promise that the appends of the batch return. */
  acknowledged: PromiseWithResolvers<void>;
}

/** A promise that resolves when so many lines have been written. */
interface Waiter {
  lines: number;
  reached: PromiseWithResolvers<void>;
}

const NO_BYTES = new Uint8Array(0);

/**
 * An append-only log with group commit.
 *
 * Appends of one turn of the event loop, and those that arrive while a write is
 * running, share a batch: one write, one promise, one sync. A batch is closed at
 * the end of the turn, or when it is full. Batches are written in order, one at
 * a time. A sync may run while later batches are written: it covers the lines
 * that were written when it began, and the next one covers the rest.
 */
export class AppendLog {
  readonly #handle: FileHandle;
  readonly #options: AppendLogOptions;
  readonly #failure: RunFailure;
  readonly #queueBytesMax: number;
  readonly #sink: LineSink;

  /** The batch that takes appends. */
  #open: Batch | undefined;
  /** Batches that wait to be written, oldest first. */
  readonly #closed: Batch[] = [];
  /** Batches that are rejected when the run fails. */
  readonly #unacknowledged = new Set<Batch>();
  readonly #waiters: Waiter[] = [];
  /** The buffer of the last batch that was written. */
  #spare: Uint8Array | undefined;
  readonly #loneProducer = new LoneProducer();
  /** Has a line that is written at once: the caller's buffer is used again. */
  #atOnce = NO_BYTES;
  #queuedBytes = 0;
  #queueFull: ArtifactError | undefined;
  #writing = false;
  #syncing: Promise<void> | undefined;

  // Numbers of lines since the start: appended >= written >= synced, always.
  #linesAppended = 0;
  #linesWritten = 0;
  #linesSynced = 0;

  /** @param handle Closed by {@linkcode AppendLog.close}. */
  constructor(handle: FileHandle, options: AppendLogOptions) {
    this.#handle = handle;
    this.#options = options;
    this.#failure = options.failure;
    this.#queueBytesMax = options.queueBytesMax ?? QUEUE_BYTES_MAX;
    this.#sink = new LineSink(handle);
    this.#failure.onFail((error) => this.#reject(error));
  }

  /** Length of what waits to be written: bytes, and of texts UTF-16 code units. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /**
   * Appends a line, which ends with its newline. Bytes are copied.
   *
   * @param admitted Whether room was reserved for it: it is accepted in any case.
   * @returns Resolves when the line is written or durable, as the options say;
   * rejects with the run's first failure.
   * @throws {ArtifactError} Synchronously, where the line is not accepted: the
   * run's first failure, `QUEUE_FULL`.
   */
  append(line: Uint8Array | string, admitted = false): Promise<void> {
    if (this.#failure.error) throw this.#failure.error;
    if (!admitted && !this.#hasRoomFor(line)) throw this.#queueFullError();
    if (this.#open === undefined) {
      const follows = this.#loneProducer.follows(line.length);
      if (follows && this.#mayWriteAtOnce(line)) return this.#writeAtOnce(line);
      this.#open = this.#openBatch(follows);
    }
    const batch = this.#open;
    batch.content.add(line);
    batch.lines++;
    this.#linesAppended++;
    this.#queuedBytes += line.length;
    if (batch.content.size >= BATCH_BYTES_MAX) this.#closeBatch();
    return batch.acknowledged.promise;
  }

  /**
   * Resolves when the queue has room for a line of that length: backpressure for
   * a stream of records.
   */
  async ready(bytes: number): Promise<void> {
    const bytesMax = Math.min(READY_BYTES_MAX, this.#queueBytesMax);
    while (this.#queuedBytes > 0 && this.#queuedBytes + bytes > bytesMax) {
      await this.#reach(this.#linesWritten + 1);
    }
  }

  /** Whether every line appended so far is written. */
  get isWritten(): boolean {
    return this.#linesWritten === this.#linesAppended;
  }

  /** Whether every line appended so far is durable. */
  get isSynced(): boolean {
    return this.#linesSynced === this.#linesAppended;
  }

  /** Resolves when every line appended so far is written. */
  written(): Promise<void> {
    return this.#reach(this.#linesAppended);
  }

  /** Resolves when every line appended so far is durable. */
  async synced(): Promise<void> {
    const lines = this.#linesAppended;
    await this.#reach(lines);
    await this.#syncThrough(lines);
  }

  /** Closes the file. Neither syncs nor writes what still waits. */
  async close(): Promise<void> {
    await this.#handle.close();
  }

  #hasRoomFor(line: Uint8Array | string): boolean {
    return this.#queuedBytes === 0 ||
      this.#queuedBytes + line.length <= this.#queueBytesMax;
  }

  /** Returns the same error while the queue is full: a flood of appends is cheap. */
  #queueFullError(): ArtifactError {
    return this.#queueFull ??= new ArtifactError(
      "QUEUE_FULL",
      `Cannot append to "${this.#options.file}": ${this.#queuedBytes} bytes wait to be written: await the promises of earlier appends`,
      { file: this.#options.file },
    );
  }

  /** Whether the line of a lone producer is written before its append returns. */
  #mayWriteAtOnce(line: Uint8Array | string): line is Uint8Array {
    if (
      this.#options.acknowledge !== "written" || this.#writing ||
      typeof line === "string" || line.length > SHORT_TEXT_MAX
    ) return false;
    const before = this.#options.beforeWrite?.();
    before?.catch(() => {}); // Its failure is the run's.
    return before === undefined;
  }

  #writeAtOnce(line: Uint8Array): Promise<void> {
    this.#linesAppended++;
    let rest: Promise<void> | undefined;
    try {
      invariant(isWholeLine(line), "a line ends with a newline");
      if (this.#atOnce.length < line.length) {
        this.#atOnce = new Uint8Array(Math.max(1024, 2 * line.length));
      }
      this.#atOnce.set(line);
      rest = this.#sink.write(this.#atOnce.subarray(0, line.length));
    } catch (error) {
      return rejected(this.#failure.fail(this.#options.file, error));
    }
    if (rest) {
      // The file reads from it until it has accepted all.
      this.#atOnce = NO_BYTES;
      const batch = this.#newBatch();
      batch.content.add(line);
      batch.lines = 1;
      this.#queuedBytes += line.length;
      this.#writeBatches({ batch, written: rest });
      return batch.acknowledged.promise;
    }
    this.#linesWritten++;
    this.#loneProducer.acknowledged();
    return WRITTEN;
  }

  #newBatch(): Batch {
    const batch: Batch = {
      content: new LineBatch(this.#spare),
      lines: 0,
      due: false,
      acknowledged: Promise.withResolvers<void>(),
    };
    this.#spare = undefined;
    this.#unacknowledged.add(batch);
    // An append need not be awaited: `finalize` reports the run's failure.
    batch.acknowledged.promise.catch(() => {});
    return batch;
  }

  /** @param follows Whether it is of a lone producer: it need not wait for the turn. */
  #openBatch(follows: boolean): Batch {
    const batch = this.#newBatch();
    const close = () => {
      batch.due = true;
      if (this.#open === batch && !this.#writing) this.#closeBatch();
    };
    if (follows) afterMicrotasks(close);
    else afterPendingEvents(close);
    return batch;
  }

  #closeBatch(): void {
    this.#closed.push(this.#open!);
    this.#open = undefined;
    if (!this.#writing) this.#writeBatches();
  }

  /**
   * Writes closed batches in order until none is left. Never rejects.
   *
   * @param begun A batch whose write is under way.
   */
  async #writeBatches(
    begun?: { batch: Batch; written: Promise<void> },
  ): Promise<void> {
    this.#writing = true;
    try {
      if (begun) {
        await begun.written;
        if (this.#failure.error) return;
        this.#onWritten(begun.batch);
      }
      for (let batch = this.#nextBatch(); batch; batch = this.#nextBatch()) {
        const before = this.#options.beforeWrite?.();
        if (before) await before;
        if (this.#failure.error) return;
        invariant(batch.content.isWhole, "a batch ends with a newline");
        for (const part of batch.content.parts()) {
          await this.#sink.write(part);
        }
        if (this.#failure.error) return;
        this.#onWritten(batch);
      }
    } catch (error) {
      this.#failure.fail(this.#options.file, error);
    } finally {
      this.#writing = false;
    }
  }

  #nextBatch(): Batch | undefined {
    if (this.#closed.length === 0 && this.#open?.due) {
      this.#closed.push(this.#open);
      this.#open = undefined;
    }
    return this.#closed.shift();
  }

  #onWritten(batch: Batch): void {
    this.#linesWritten += batch.lines;
    this.#queuedBytes -= batch.content.size;
    invariant(
      this.#linesWritten <= this.#linesAppended && this.#queuedBytes >= 0,
      "no more is written than was appended",
    );
    // A batch stays in the set until its sync, and in V8's old copies of the set
    // for longer: its buffer goes to the next one.
    this.#spare = batch.content.release();
    this.#queueFull = undefined;
    if (this.#options.acknowledge === "written") this.#acknowledge(batch);
    else this.#acknowledgeWhenSynced(batch, this.#linesWritten);
    while (this.#waiters[0] && this.#waiters[0].lines <= this.#linesWritten) {
      this.#waiters.shift()!.reached.resolve();
    }
  }

  async #acknowledgeWhenSynced(batch: Batch, lines: number): Promise<void> {
    try {
      await this.#syncThrough(lines);
    } catch {
      return; // The batch was rejected with the failure.
    }
    invariant(lines <= this.#linesSynced, "acknowledged lines are synced");
    this.#acknowledge(batch);
  }

  #acknowledge(batch: Batch): void {
    this.#unacknowledged.delete(batch);
    // Before resolving: the count of microtasks must start before the producer
    // continues.
    if (batch.lines === 1) this.#loneProducer.acknowledged();
    batch.acknowledged.resolve();
  }

  /** Resolves when the first `lines` lines, which are written, are durable. */
  async #syncThrough(lines: number): Promise<void> {
    while (this.#linesSynced < lines) {
      if (this.#failure.error) throw this.#failure.error;
      await (this.#syncing ??= this.#sync());
    }
  }

  async #sync(): Promise<void> {
    const lines = this.#linesWritten;
    try {
      await this.#handle.syncData();
      const held = this.#options.fence?.();
      if (held) await held;
      this.#linesSynced = lines;
    } catch (error) {
      // Not retried: the kernel may have dropped the pages and the error
      // with them (Rebello et al., "Can Applications Recover from fsync
      // Failures?", USENIX ATC 2020).
      throw this.#failure.fail(this.#options.file, error);
    } finally {
      this.#syncing = undefined;
    }
  }

  /** Resolves when the first `lines` lines are written. */
  #reach(lines: number): Promise<void> {
    if (this.#failure.error) return Promise.reject(this.#failure.error);
    if (lines <= this.#linesWritten) return Promise.resolve();
    const reached = Promise.withResolvers<void>();
    // In the order of `lines`: `ready` waits for fewer than earlier waiters do.
    const at = this.#waiters.findIndex((waiter) => waiter.lines > lines);
    this.#waiters.splice(at === -1 ? this.#waiters.length : at, 0, {
      lines,
      reached,
    });
    return reached.promise;
  }

  #reject(error: ArtifactError): void {
    for (const batch of this.#unacknowledged) batch.acknowledged.reject(error);
    for (const { reached } of this.#waiters) reached.reject(error);
    this.#unacknowledged.clear();
    this.#waiters.length = 0;
    this.#closed.length = 0;
    this.#open = undefined;
  }
}
