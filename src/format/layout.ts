/**
 * Layout of a run directory: file names, paths and counted ids.
 *
 * @module
 */
import { join } from "@std/path/join";

/** File names in a run directory, format version 1. */
export const FILES = {
  manifest: "manifest.json",
  instances: "instances.jsonl",
  steps: "steps.jsonl",
  assertions: "assertions.jsonl",
  started: "started.jsonl",
  summary: "summary.json",
  artifacts: "artifacts",
} as const;

/** Full paths of the files of one run. */
export type RunPaths = { [name in keyof typeof FILES]: string } & {
  /** The run directory itself. */
  run: string;
};

/** Returns the paths of the run in directory `run`. */
export function runPaths(run: string): RunPaths {
  const paths: Record<string, string> = { run };
  for (const [name, file] of Object.entries(FILES)) {
    paths[name] = join(run, file);
  }
  return paths as RunPaths;
}

/** Returns the JSONL files of a run. */
export function recordFiles(paths: RunPaths): string[] {
  return [paths.instances, paths.steps, paths.assertions];
}

/** Returns the id of the n-th started instance: `inst_001` for 1. */
export function instanceId(number: number, width: number): string {
  return `inst_${String(number).padStart(width, "0")}`;
}

/**
 * Returns the number of the n-th instance that a shard starts: those that one
 * writer would have given where work is dealt out in turn.
 */
export function shardInstanceNumber(
  started: number,
  { index, count }: { index: number; count: number },
): number {
  return (started - 1) * count + index;
}

/** Returns the digits of a counted id: `"042"` of `inst_042`. */
export function countedDigits(instance_id: string): string | undefined {
  return /^inst_(\d{3,15})$/.exec(instance_id)?.[1];
}

/** Maximum length of `manifest.json` and `summary.json`: they are read whole. */
export const DOCUMENT_BYTES_MAX: number = 32 * 1024 * 1024;

/** Returns the number of digits in the ids of `expected` instances: 3 or more. */
export function instanceIdWidth(expected: number): number {
  return Math.max(3, String(expected).length);
}

/** Returns the name of a step's file: `step_001_request.json` for index 0. */
export function stepFileName(
  step_index: number,
  part: "request" | "response",
): string {
  return `step_${String(step_index + 1).padStart(3, "0")}_${part}.json`;
}

/** `large_001.json`: the n-th value of an instance too large for its line. */
export function largeValueName(number: number): string {
  return `large_${String(number).padStart(3, "0")}.json`;
}

/** Whether a name is one that only the library gives. */
export function isOwnFileName(name: string): boolean {
  return stepFileNumber(name) !== undefined ||
    /^large_\d{3,}\.json$/i.test(name);
}

/** Returns the number in the name of a step's file: 1 for index 0. */
export function stepFileNumber(name: string): number | undefined {
  const digits = /^step_(\d{3,})_(?:request|response)\.json$/i.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Returns the path of an artifact in the run directory, with `/` on every system. */
export function artifactPath(instance_id: string, name: string): string {
  return `${FILES.artifacts}/${instance_id}/${name}`;
}

/**
 * Whether a file is one that an operating system puts into any directory it
 * shows: no part of a run.
 */
export function isSystemFile(name: string): boolean {
  return name === ".DS_Store" || name === "Thumbs.db" ||
    name === "desktop.ini" || name.startsWith("._");
}

/** `inst_001~1`: where the files of an instance go when it is attempted again. */
/** Returns the directory for the files of an earlier attempt: `inst_001~1`. */
export function movedName(instance_id: string, number: number): string {
  return `${instance_id}~${number}`;
}

/** Returns the instance of a directory that {@linkcode movedName} named. */
export function movedFrom(name: string): string | undefined {
  return /^(.+)~\d+$/.exec(name)?.[1];
}

/** Returns the prefix of the run ids of a UTC day: `run_20240115_`. */
export function runIdPrefix(isoTimestamp: string): string {
  return `run_${isoTimestamp.slice(0, 10).replaceAll("-", "")}_`;
}

/** Returns the run id of a shard: `run_20240115_001.shard-1-of-4`. */
export function shardRunId(
  run_id: string,
  shard: { index: number; count: number } | null,
): string {
  return shard ? `${run_id}.shard-${shard.index}-of-${shard.count}` : run_id;
}

/** Returns the run id that {@linkcode shardRunId} was given. */
export function unshardedRunId(run_id: string): string {
  return run_id.replace(/\.shard-\d+-of-\d+$/, "");
}

/** Returns the n-th run id of a day: `run_20240115_001` for 1. */
export function runId(prefix: string, number: number): string {
  return prefix + String(number).padStart(3, "0");
}
