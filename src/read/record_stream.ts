/**
 * Records as a stream.
 *
 * @module
 */

/**
 * A stream of records that come in blocks. Reading a web stream costs as much for
 * each record as parsing it; so `for await` takes records from the current block,
 * past the stream.
 */
export class RecordStream<R> extends ReadableStream<R> {
  readonly #source: Source<R>;

  /**
   * @param blocks The records; returned from when the stream is left early.
   * @param onEnd Called when it has ended, and before it is left early: `blocks`
   * may be waiting for something.
   */
  constructor(blocks: AsyncGenerator<R[]>, onEnd: () => void = () => {}) {
    const source = new Source(blocks, onEnd);
    super({
      async pull(controller) {
        const { done, value } = await source.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: () => source.cancel(),
    }, { highWaterMark: 0 });
    this.#source = source;
  }

  /** Ends it, also while it is being read: what was not read yet is dropped. */
  stop(): void {
    // A failed close of a file that was read loses nothing.
    this.#source.cancel().catch(() => {});
  }

  /** As of any `ReadableStream`. */
  override [Symbol.asyncIterator](
    options?: { preventCancel?: boolean },
  ): Iteration<R> {
    return this.values(options);
  }

  /** As of any `ReadableStream`. */
  override values(
    { preventCancel = false }: { preventCancel?: boolean } = {},
  ): Iteration<R> {
    const source = this.#source;
    const reader = this.getReader();
    let left = false;
    function release(): void {
      if (!left) reader.releaseLock();
      left = true;
    }
    source.onIterated = release;
    async function leave(value?: unknown): Promise<IteratorResult<R>> {
      if (!left) {
        release();
        if (!preventCancel) await source.cancel();
      }
      return { done: true, value };
    }
    const iterator = {
      next: () => left ? leave() : source.next(),
      return: leave,
      async throw(error: unknown): Promise<IteratorResult<R>> {
        await leave();
        throw error;
      },
      async [Symbol.asyncDispose](): Promise<void> {
        await leave();
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator as Iteration<R>;
  }
}

/** Deno and the DOM have names of their own for it. */
type Iteration<R> = ReturnType<ReadableStream<R>["values"]>;

/** The block at hand, and those after it. */
class Source<R> {
  /** Called when there are no more records, and on an error. */
  onIterated: () => void = () => {};
  readonly #blocks: AsyncGenerator<R[]>;
  readonly #onEnd: () => void;
  #records: R[] = [];
  #at = 0;
  #ended = false;
  #filling: Promise<void> | undefined;

  constructor(blocks: AsyncGenerator<R[]>, onEnd: () => void) {
    this.#blocks = blocks;
    this.#onEnd = onEnd;
  }

  next(): Promise<IteratorResult<R>> {
    if (this.#at < this.#records.length) {
      const value = this.#records[this.#at++]!;
      return Promise.resolve({ done: false, value });
    }
    return this.#nextOfNextBlock();
  }

  async cancel(): Promise<void> {
    this.#records = [];
    this.#onEnd();
    await this.#blocks.return(undefined);
  }

  async #nextOfNextBlock(): Promise<IteratorResult<R>> {
    // Others that asked meanwhile wait for the same block.
    await (this.#filling ??= this.#fill());
    return this.#ended ? { done: true, value: undefined } : await this.next();
  }

  async #fill(): Promise<void> {
    let block: R[] | undefined;
    try {
      block = (await this.#blocks.next()).value;
    } finally {
      this.#filling = undefined;
      this.#at = 0;
      this.#records = block ?? [];
      this.#ended = block === undefined;
      if (this.#ended) {
        this.#onEnd();
        this.onIterated();
      }
    }
  }
}
