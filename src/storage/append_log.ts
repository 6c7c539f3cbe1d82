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
import { BATCH_BYTES_MAX, QUEUE_BYTES_MAX, READY_BYTES_MAX } from "./limits.ts";
import { TextSink } from "./text_sink.ts";
import { afterPendingEvents } from "./event_loop.ts";
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
  fence?: (() => Promise<void>) | undefined;
  /** What may wait to be written, in UTF-16 code units. */
  queueBytesMax?: number;
  /** The failure that all files of a run share. */
  failure: RunFailure;
}

/** Lines that are written together. */
interface Batch {
  text: string;
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
  readonly #sink: TextSink;

  /** The batch that takes appends. */
  #open: Batch | undefined;
  /** Batches that wait to be written, oldest first. */
  readonly #closed: Batch[] = [];
  /** Batches that are rejected when the run fails. */
  readonly #unacknowledged = new Set<Batch>();
  readonly #waiters: Waiter[] = [];
  readonly #loneProducer = new LoneProducer();
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
    this.#sink = new TextSink(handle);
    this.#failure.onFail((error) => this.#reject(error));
  }

  /** Length of the text that waits to be written, in UTF-16 code units. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /**
   * Appends a line, which ends with its newline.
   *
   * @param admitted Whether room was reserved for it: it is accepted in any case.
   * @returns Resolves when the line is written or durable, as the options say;
   * rejects with the run's first failure.
   * @throws {ArtifactError} Synchronously, where the line is not accepted: the
   * run's first failure, `QUEUE_FULL`.
   */
  append(line: string, admitted = false): Promise<void> {
    if (this.#failure.error) throw this.#failure.error;
    if (!admitted && !this.#hasRoomFor(line)) throw this.#queueFullError();
    const batch = this.#open ??= this.#openBatch(line.length);
    batch.text += line;
    batch.lines++;
    this.#linesAppended++;
    this.#queuedBytes += line.length;
    if (batch.text.length >= BATCH_BYTES_MAX) this.#closeBatch();
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

  #hasRoomFor(line: string): boolean {
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

  #openBatch(bytes: number): Batch {
    const batch: Batch = {
      text: "",
      lines: 0,
      due: false,
      acknowledged: Promise.withResolvers<void>(),
    };
    this.#unacknowledged.add(batch);
    // Nobody has to await an append: the run's failure is told by its end.
    batch.acknowledged.promise.catch(() => {});
    const close = () => {
      batch.due = true;
      if (this.#open === batch && !this.#writing) this.#closeBatch();
    };
    if (this.#loneProducer.follows(bytes)) queueMicrotask(close);
    else afterPendingEvents(close);
    return batch;
  }

  #closeBatch(): void {
    this.#closed.push(this.#open!);
    this.#open = undefined;
    if (!this.#writing) this.#writeBatches();
  }

  /** Writes closed batches in order until none is left. Never rejects. */
  async #writeBatches(): Promise<void> {
    this.#writing = true;
    try {
      for (let batch = this.#nextBatch(); batch; batch = this.#nextBatch()) {
        const before = this.#options.beforeWrite?.();
        if (before) await before;
        if (this.#failure.error) return;
        invariant(batch.text.endsWith("\n"), "a batch ends with a newline");
        await this.#sink.write(batch.text);
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
    this.#queuedBytes -= batch.text.length;
    invariant(
      this.#linesWritten <= this.#linesAppended && this.#queuedBytes >= 0,
      "no more is written than was appended",
    );
    // A batch stays in the set until its sync, and in V8's old copies of the set
    // for longer.
    batch.text = "";
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
    batch.acknowledged.resolve();
    if (batch.lines === 1) this.#loneProducer.acknowledged();
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
      if (this.#options.fence) await this.#options.fence();
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
