/**
 * Warns of runs that nobody finalized.
 *
 * @module
 */
import { onProcessExit } from "../adapters/mod.ts";
import { thrownText } from "../errors.ts";
import type { RunLock } from "../storage/lock.ts";
import type { RunFailure } from "../storage/run_failure.ts";
import type { RunLogs } from "./run_logs.ts";

/** A run that was not finalized yet. */
interface OpenRun {
  path: string;
  logs: RunLogs;
  lock: RunLock;
  /** Its failure was reported: a warning would only repeat it. */
  hasFailed: boolean;
}

/** The open runs, by a token of each writer. */
const open = new Map<symbol, OpenRun>();

/** Reports writers that were collected while their run was open. */
const collected = new FinalizationRegistry<symbol>((token) => {
  const run = open.get(token);
  if (!run) return;
  open.delete(token);
  if (!run.hasFailed) warn(run.path, "and its writer is gone");
  close(run).catch((error) => {
    console.warn(`Cannot close the run at "${run.path}": ${thrownText(error)}`);
  });
});

let listensToExit = false;

/**
 * Notes that a writer has a run open. Until the function that is returned is
 * called, a warning follows where the process exits, or where the writer is
 * garbage-collected: then its files are closed, too. Runtimes end, or will end, a
 * process whose open file handles are garbage-collected.
 *
 * @param writer Is not kept alive by this; neither logs nor lock may hold it.
 * @returns Call it when the run begins to be finalized.
 */
export function noteOpenRun(
  writer: object,
  path: string,
  logs: RunLogs,
  lock: RunLock,
  failure: RunFailure,
): () => void {
  const token = Symbol(path);
  const run: OpenRun = { path, logs, lock, hasFailed: false };
  failure.onFail(() => void (run.hasFailed = true));
  open.set(token, run);
  collected.register(writer, token, token);
  if (!listensToExit) {
    listensToExit = true;
    onProcessExit((reason) => {
      for (const { path, hasFailed } of open.values()) {
        if (!hasFailed) warn(path, `and ${reason}`);
      }
    });
  }
  return () => {
    open.delete(token);
    collected.unregister(token);
  };
}

/** Closes what a writer left open, when what it appended is on the disk. */
async function close({ logs, lock }: OpenRun): Promise<void> {
  try {
    await logs.synced();
  } finally {
    await Promise.all([...logs.close(), lock.release()]);
  }
}

function warn(path: string, what: string): void {
  const argument = /^[\w./-]+$/.test(path) ? path : JSON.stringify(path);
  console.warn(
    `The run at "${path}" was not finalized, ${what}: it has no summary. Call finalize(), or create it with "await using". To close it now: wta recover ${argument}`,
  );
}
