/**
 * What must be true of a run whose file system failed once, without a crash: a
 * failed write or sync is final, and everyone is told the same.
 */
import type { Entry } from "./ledger.ts";
import type { OperationKind } from "./plan.ts";
import { RUN_DIR, RUNS_DIR } from "./scene.ts";
import type { Outcome } from "./simulate.ts";

/** What is final for a run. The rest is so for the call that needed it. */
const FINAL: readonly OperationKind[] = [
  "write",
  "sync",
  "syncData",
  "rename",
  "syncDir",
];

/** Turns in which an acknowledgement may still be on its way to its caller. */
const LATE_TURNS_MAX = 2;

/** Says what was told wrongly. */
export function checkFailure(outcome: Outcome): string[] {
  const { disk, ledger, ended } = outcome;
  const found: string[] = [];
  if (ended !== "finished") {
    const waiting = ledger.entries.filter(({ state }) => state === "pending");
    found.push(
      `the run ${ended}: ${outcome.error ?? ""} ${
        waiting.map(({ kind, key }) => `${kind} "${key}"`).join(", ")
      } never settled`,
    );
  }
  if (!disk.fault || ended !== "finished") return found;
  const { operation, error } = disk.fault;
  if (ledger.created.state === "rejected") {
    notAnArtifactError("createRun", ledger.created.error, error, found);
    if (disk.namesIn(RUNS_DIR).length > 0 && operation.kind !== "remove") {
      found.push(`createRun failed, and left "${RUN_DIR}" behind`);
    }
    return found;
  }
  const failure = failureOf(outcome);
  const created = ledger.entries.length > 0;
  // What fails after the summary is durable costs nothing.
  const summaryAt = disk.operations.findLastIndex(({ kind, path }) =>
    kind === "rename" && path.endsWith("summary.json")
  );
  const isCleanup = ledger.finalized.state === "acknowledged" &&
    operation.index > summaryAt + 1;
  if (
    FINAL.includes(operation.kind) && created && !failure && !isCleanup
  ) {
    found.push(`${operation.kind} failed, and the run went on`);
  }
  let first = Infinity;
  for (const { state, error, settledTurn } of ledger.entries) {
    if (state === "rejected" && error === failure) {
      first = Math.min(first, settledTurn);
    }
  }
  const late = (entry: Entry) =>
    entry.state === "acknowledged" && entry.kind !== "artifact" &&
    entry.settledTurn > first + LATE_TURNS_MAX;
  for (const entry of ledger.entries) {
    const name = `${entry.kind} "${entry.key}"`;
    if (late(entry)) found.push(`${name} was acknowledged after the failure`);
    if (entry.state !== "rejected" || entry.error === failure) continue;
    notAnArtifactError(name, entry.error, error, found);
  }
  if (failure) {
    notAnArtifactError("the run", failure, error, found);
    if (ledger.finalized.error !== failure) {
      found.push(`the run failed, and finalize ${ledger.finalized.state}`);
    }
  } else if (ledger.finalized.state === "rejected") {
    notAnArtifactError("finalize", ledger.finalized.error, error, found);
  }
  return found;
}

/** What the run tells everyone, if it has failed. */
function failureOf({ ledger }: Outcome): unknown {
  const { code } = (ledger.lastError ?? {}) as { code?: string };
  return code === "RUN_CLOSED" ? undefined : ledger.lastError;
}

/** Every error is `WRITE_FAILED`, and names the fault as its cause. */
function notAnArtifactError(
  who: string,
  error: unknown,
  fault: Error,
  found: string[],
): void {
  const { code, cause } = error as { code?: string; cause?: unknown };
  if (code !== "WRITE_FAILED") {
    found.push(`${who} was rejected with ${code}, not WRITE_FAILED: ${error}`);
  } else if (cause !== fault) {
    found.push(`${who} was rejected with another cause: ${cause}`);
  }
}
