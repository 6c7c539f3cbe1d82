/** What is to happen to a simulated process, and which errors can. */
import type { Random } from "./random.ts";

/** Every verb of the seam that the disk numbers. */
export type OperationKind =
  | "open"
  | "openRead"
  | "write"
  | "syncData"
  | "sync"
  | "truncate"
  | "read"
  | "close"
  | "stat"
  | "list"
  | "makeDir"
  | "ensureDir"
  | "rename"
  | "remove"
  | "syncDir";

/** One call of the seam. */
export interface Operation {
  /** Counts from 0 in each process. */
  index: number;
  kind: OperationKind;
  path: string;
}

/** What is to happen to one process; without anything, all goes well at once. */
export interface Plan {
  /** All chance is drawn from it. Default: 0. */
  seed?: number;
  /** Answers come after a while that differs, and in another order. */
  latency?: boolean;
  /** Chance that a write is short, interrupted (EINTR) or put off (EAGAIN). */
  trouble?: number;
  /** The process dies while this operation is under way. */
  crashAt?: number;
  /** Called when this operation is called. */
  onOperation?: { index: number; act: () => void };
  /** This operation fails, once. */
  faultAt?: number;
}

/** The operation that failed as planned. */
export interface Fault {
  operation: Operation;
  /** The very error that the caller was given. */
  error: Error;
}

/** Errors that Linux documents for the verb, in write(2), fsync(2), open(2) … */
const CODES: Record<OperationKind, readonly string[]> = {
  open: ["ENOSPC", "EMFILE", "EIO"],
  openRead: ["EMFILE", "EIO"],
  write: ["ENOSPC", "EIO", "EDQUOT"],
  syncData: ["EIO"],
  sync: ["EIO"],
  truncate: ["EIO"],
  read: ["EIO"],
  close: ["EIO"],
  stat: ["EIO"],
  list: ["EIO"],
  makeDir: ["ENOSPC", "EIO"],
  ensureDir: ["ENOSPC", "EIO"],
  rename: ["ENOSPC", "EIO"],
  remove: ["EIO"],
  syncDir: ["EIO"],
};

/** An error as the runtimes give it: with a `code`. */
export function systemError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${what}`), { code });
}

/** An error that this operation can fail with. */
export function faultOf({ kind, path }: Operation, random: Random): Error {
  return systemError(random.pick(CODES[kind]), `${kind} "${path}"`);
}
