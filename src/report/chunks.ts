/**
 * Writes the records of instances in chunks, which the page inflates one by one.
 *
 * @module
 */
import type { Baseline } from "./baseline.ts";
import { Budget } from "./budget.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import { type DetailsSource, writeDetails } from "./details.ts";
import type { HtmlWriter } from "./html_writer.ts";
import { InstanceFiles } from "./instance_files.ts";

/**
 * Records that are compressed together: the page inflates one chunk at a time. In a
 * small report a chunk is smaller: its size is known when it was compressed.
 */
const CHUNK_BYTES = 256 * 1024;
const CHUNK_BYTES_MIN = 16 * 1024;
const CHUNKS_MIN = 8;

/** A run whose records are written. */
export type ChunksSource = Pick<DetailsSource, "run" | "instances" | "isSound">;

/** Which instances of a run are written, and who has to know of them. */
interface ChunksOptions extends ChunksSource {
  wants: (place: number) => boolean;
  onInstance: (place: number, chunk: number) => void;
  /** Called when a chunk ends; returns what takes its bytes in the file. */
  onChunk: () => (bytes: number) => void;
}

/** The chunks of a report. */
export class Chunks {
  readonly #writer: HtmlWriter;
  readonly #bytes: number;
  #count = 0;

  /** @param room Bytes that all of them may take. */
  constructor(writer: HtmlWriter, room: number) {
    this.#writer = writer;
    this.#bytes = Math.min(
      CHUNK_BYTES,
      Math.max(CHUNK_BYTES_MIN, room / CHUNKS_MIN),
    );
  }

  /** Writes the wanted instances of a run. */
  async write(
    { wants, onInstance, onChunk, ...source }: ChunksOptions,
  ): Promise<void> {
    const files = await InstanceFiles.find(source.run, source.instances);
    const details = new ByteBuffer(2 * this.#bytes);
    const flush = async () => {
      if (details.length === 0) return;
      details.addText("]");
      const id = `chunk-${this.#count++}`;
      await this.#writer.part(id, [details.take()], onChunk());
      // All that is known of sizes by then.
      if (this.#count === 1) await this.#writer.flush();
    };
    const start = () => details.addText(details.length === 0 ? "[" : ",");
    const places = writeDetails({ ...source, files, wants }, details, start);
    for await (const place of places) {
      onInstance(place, this.#count);
      if (details.length >= this.#bytes) await flush();
    }
    await flush();
    await this.#writer.flush();
  }
}

/** Writes the records of instances, the worthiest where not all fit. */
export async function writeRecords(
  chunks: Chunks,
  source: ChunksSource,
  bytesMax: number,
  onInstance: () => void = () => {},
): Promise<void> {
  const { instances } = source;
  const budget = new Budget(instances, bytesMax);
  let records = 0;
  do {
    await chunks.write({
      ...source,
      wants: (place) => budget.wants(place),
      onInstance(place, chunk) {
        onInstance();
        instances.chunk[place] = chunk;
        records += budget.recordsOf(place);
      },
      onChunk() {
        const written = records;
        records = 0;
        return (bytes) => budget.note(written, bytes);
      },
    });
  } while (budget.nextPass());
}

/** Writes what is shown of an earlier run beside instances that have changed. */
export async function writePairs(
  chunks: Chunks,
  baseline: Baseline,
  { instances: current, isSound }: ChunksSource,
  bytesMax: number,
): Promise<void> {
  const { run, instances, changes } = baseline;
  const pairs = baseline.wanted(current);
  let room = bytesMax;
  await chunks.write({
    run,
    instances,
    isSound,
    wants: (pair) => room > 0 && pairs.has(pair),
    onInstance(pair, chunk) {
      changes.beforeChunk[pairs.get(pair)!] = chunk;
    },
    onChunk: () => (bytes) => void (room -= bytes),
  });
}
