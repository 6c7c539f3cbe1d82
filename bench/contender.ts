/** What takes part in a bench. */
import type { StepRecord } from "../mod.ts";

/** An open file, or run, that takes records. */
export interface Appender {
  /** Resolves, or returns, when the record is what the contender promises. */
  append(record: StepRecord): Promise<unknown> | void;
  /** Ends it; not timed. */
  close(): Promise<void>;
}

/** A way to record. */
export interface Contender {
  name: string;
  /** What stands behind an acknowledgement, honestly. */
  promise: string;
  /** A ceiling is fed by a plain loop: nobody awaits anything. */
  isCeiling?: true;
  open(dir: string): Promise<Appender>;
}

/** Loads a package of bench/package.json, which no other command installs. */
export async function peer<T>(name: string): Promise<T> {
  return await import(name) as T;
}
