/**
 * The tree of a run directory: the one owner of file names and of the ids that
 * are counted.
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

/** The paths of the run in directory `run`. */
export function runPaths(run: string): RunPaths {
  const paths: Record<string, string> = { run };
  for (const [name, file] of Object.entries(FILES)) {
    paths[name] = join(run, file);
  }
  return paths as RunPaths;
}

/** The JSONL files that every run has. */
export function recordFiles(paths: RunPaths): string[] {
  return [paths.instances, paths.steps, paths.assertions];
}

/** `inst_001` for 1: the id of the n-th instance that is started. */
export function instanceId(number: number, width: number): string {
  return `inst_${String(number).padStart(width, "0")}`;
}

/** The digits of an id that {@linkcode instanceId} gave: `"042"` of `inst_042`. */
export function countedDigits(instance_id: string): string | undefined {
  return /^inst_(\d{3,15})$/.exec(instance_id)?.[1];
}

/** Digits of instance ids when `expected` instances will be started: 3 or more. */
export function instanceIdWidth(expected: number): number {
  return Math.max(3, String(expected).length);
}

/** `step_001_request.json` for index 0: steps count from 0, their files from 1. */
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

/** The number in a name that {@linkcode stepFileName} gave: 1 for index 0. */
export function stepFileNumber(name: string): number | undefined {
  const digits = /^step_(\d{3,})_(?:request|response)\.json$/i.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Path of an artifact relative to the run directory, with `/` on every system. */
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
export function movedName(instance_id: string, number: number): string {
  return `${instance_id}~${number}`;
}

/** Whose files a directory of artifacts has, where {@linkcode movedName} gave it. */
export function movedFrom(name: string): string | undefined {
  return /^(.+)~\d+$/.exec(name)?.[1];
}

/** `run_20240115_` for a day in January 2024, in UTC. */
export function runIdPrefix(isoTimestamp: string): string {
  return `run_${isoTimestamp.slice(0, 10).replaceAll("-", "")}_`;
}

/** `run_20240115_001` for the first run of a day. */
export function runId(prefix: string, number: number): string {
  return prefix + String(number).padStart(3, "0");
}
