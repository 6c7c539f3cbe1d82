/**
 * What a workload did and what it was told: the evidence that a crash is judged
 * by. Nothing counts that comes after the crash.
 */
import type { Manifest, Summary } from "../../mod.ts";
import type { SimDisk } from "./sim_disk.ts";

export type RecordKind = "step" | "assertion" | "instance";

/** A file that an artifact is in. */
export interface ExpectedFile {
  /** Relative to the run directory; unknown while a place may be taken anew. */
  path: string;
  content: string;
}

/** One thing that was asked for. */
export interface Entry {
  kind: RecordKind | "artifact";
  /** Unique in its kind, and found again in the record. */
  key: string;
  instance_id: string;
  /** Place among all calls. */
  call: number;
  /** Whether its line was appended by the time the call returned. */
  direct: boolean;
  /** Fields of the record as they must be read back. */
  expected: Record<string, unknown>;
  /** The files that it names, in the order of its `artifacts`. */
  files: ExpectedFile[];
  /** Given to a stream: acceptance promises nothing, the stream's end does. */
  streamed: boolean;
  state: "pending" | "acknowledged" | "rejected";
  /** Turn of the event loop in which it was settled. */
  settledTurn: number;
  error?: unknown;
}

/** A call that is not an entry: `createRun`, `finalize`, `close` of a stream. */
export interface Milestone<T> {
  state: "not called" | "pending" | "acknowledged" | "rejected";
  value?: T;
  error?: unknown;
}

/** An instance that was started: nobody is told when its start is written. */
export interface Start {
  instance_id: string;
  scenario_id: string;
  entry_data: unknown;
  /** Place among all calls. */
  call: number;
}

export class Ledger {
  readonly entries: Entry[] = [];
  readonly starts: Start[] = [];
  readonly created: Milestone<Manifest> = { state: "not called" };
  readonly finalized: Milestone<Summary> = { state: "not called" };
  readonly streamClosed: Milestone<void> = { state: "not called" };
  /** What the run says of a last append, when all is over. */
  lastError: unknown;
  /** Turns of the event loop since the start; the simulation counts them. */
  turn = 0;
  readonly #disk: SimDisk;
  #calls = 0;

  constructor(disk: SimDisk) {
    this.#disk = disk;
  }

  /** Notes that an instance was started. */
  start(start: Omit<Start, "call">): void {
    this.starts.push({ ...start, call: this.#calls++ });
  }

  /** Makes a call, and notes what becomes of it. Never rejects. */
  async record(
    entry: Omit<Entry, "call" | "state" | "settledTurn">,
    make: () => Promise<unknown>,
  ): Promise<void> {
    const noted: Entry = {
      ...entry,
      call: this.#calls++,
      state: "pending",
      settledTurn: 0,
    };
    this.entries.push(noted);
    try {
      await make();
      if (!this.#disk.running) return;
      if (!noted.streamed) noted.state = "acknowledged";
    } catch (error) {
      if (!this.#disk.running) return;
      noted.state = "rejected";
      noted.error = error;
    }
    noted.settledTurn = this.turn;
  }

  /** Makes the call that a milestone stands for. Never rejects. */
  async reach<T>(
    milestone: Milestone<unknown>,
    make: () => Promise<T>,
  ): Promise<T | undefined> {
    milestone.state = "pending";
    try {
      const value = await make();
      if (!this.#disk.running) return undefined;
      milestone.state = "acknowledged";
      milestone.value = value;
      return value;
    } catch (error) {
      if (!this.#disk.running) return undefined;
      milestone.state = "rejected";
      milestone.error = error;
      return undefined;
    }
  }
}
