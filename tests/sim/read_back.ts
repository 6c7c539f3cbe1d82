/** What a crash left of a run, as the production reader gives it. */
import type { RunReader, StartRecord } from "../../mod.ts";
import type { Ledger, RecordKind } from "./ledger.ts";
import { type Library, RUN_DIR } from "./scene.ts";
import type { SimDisk } from "./sim_disk.ts";
import type { Outcome } from "./simulate.ts";

export type CrashKind = "process" | "power";

/** A line that was read: what it says, and where it stands. */
export type Line = Record<string, unknown> & { artifacts?: string[] };
export type Lines = Record<RecordKind, Line[]>;

export const KINDS: readonly RecordKind[] = ["step", "assertion", "instance"];

/** Opens it; nothing where there is no run, which may be right. */
export async function openAfterCrash(
  library: Library,
  disk: SimDisk,
  { created }: Ledger,
  found: string[],
): Promise<RunReader | undefined> {
  try {
    return await library.openRun(RUN_DIR, { fs: disk });
  } catch (error) {
    const { code } = error as { code?: string };
    if (created.state === "acknowledged") {
      found.push(
        `the run cannot be opened, and createRun had resolved: ${error}`,
      );
    } else if (code !== "RUN_NOT_FOUND") {
      found.push(`a run that was not created is half there: ${error}`);
    }
    return undefined;
  }
}

/** Every line that there is, up to where there is damage that may be. */
export async function readAll(
  run: RunReader,
  outcome: Outcome,
  disk: SimDisk,
  kind: CrashKind,
  found: string[],
): Promise<Lines> {
  const lines: Lines = { step: [], assertion: [], instance: [] };
  const streams = {
    step: run.steps(),
    assertion: run.assertions(),
    instance: run.instances(),
  };
  for (const name of KINDS) {
    try {
      for await (const record of streams[name]) {
        lines[name].push(record as unknown as Line);
      }
    } catch (error) {
      if (!isHole(outcome, kind, error)) {
        found.push(`the run cannot be read: ${error}`);
        continue;
      }
      const before = linesBeforeDamage(disk, `${RUN_DIR}/${name}s.jsonl`);
      if (before.length > lines[name].length) {
        found.push(
          `of ${before.length} ${name}s before the damage the reader gives ${
            lines[name].length
          }`,
        );
      }
      lines[name] = before;
    }
  }
  return lines;
}

/** What was started and did not complete; nothing where that cannot be read. */
export async function readStarts(
  run: RunReader,
  outcome: Outcome,
  kind: CrashKind,
  found: string[],
): Promise<Map<string, StartRecord> | undefined> {
  try {
    const starts = await Array.fromAsync(run.started());
    return new Map(starts.map((start) => [start.instance_id, start]));
  } catch (error) {
    if (!isHole(outcome, kind, error)) {
      found.push(`the starts cannot be read: ${error}`);
    }
    return undefined;
  }
}

/**
 * Where a failed sync dropped bytes and power was lost, bytes that were written
 * after them may be there. That is not a torn tail, and all that was acknowledged
 * as durable stands before it.
 */
export function isHole(
  { disk }: Outcome,
  kind: CrashKind,
  error: unknown,
): boolean {
  return kind === "power" && disk.fault?.operation.kind === "syncData" &&
    (error as { code?: string }).code === "CORRUPT_LINE";
}

function linesBeforeDamage(disk: SimDisk, path: string): Line[] {
  const lines: Line[] = [];
  for (const line of new TextDecoder().decode(disk.peek(path)).split("\n")) {
    try {
      lines.push(JSON.parse(line));
    } catch {
      break;
    }
  }
  return lines;
}
