/**
 * The report of a verification.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import type { RunState } from "../read/mod.ts";

/**
 * Kinds of problems.
 *
 * | code | meaning |
 * |---|---|
 * | `NOT_FINALIZED` | the run has no summary: it is being written, or it was interrupted and can be recovered |
 * | `TORN_TAIL` | a file ends mid-line |
 * | `CORRUPT_LINE` | a line before that is not a record |
 * | `CORRUPT_FILE` | `manifest.json`, `summary.json` or a JSONL file is missing or cannot be read |
 * | `INVALID_RECORD` | a field is missing or has the wrong type |
 * | `RUN_ID_MISMATCH` | a record or the summary belongs to another run |
 * | `INSTANCE_REPEATED` | an instance has two lines |
 * | `CORRELATION_ID_MISMATCH` | records of one instance have more correlation ids than it had attempts (detected only where its id is derived by this library) |
 * | `STEP_MISSING` | the step indexes of an instance have a gap |
 * | `STEP_REPEATED` | an instance has a step index twice |
 * | `STEP_UNKNOWN` | an assertion is about a step that its completed instance does not have |
 * | `FALSE_PASS` | an instance has passed, with an assertion that has not |
 * | `TIME_REVERSED` | something ended before it began |
 * | `SUMMARY_MISMATCH` | a field of the summary does not follow from the lines, or the file was changed |
 * | `SEAL_BROKEN` | a file changed after the run ended |
 * | `SEAL_MISMATCH` | the run is another than the one whose seal was noted |
 * | `ARTIFACT_MISSING` | a step names a file that does not exist |
 * | `ARTIFACT_BROKEN` | the request or response of a step is empty or not JSON, as after a power loss |
 * | `UNKNOWN_ENTRY` | the directory has an entry that the format does not know, such as a link, or the file of a step that does not exist |
 * | `SECRET_FOUND` | a file, or the name of one, contains a value of `secrets` |
 */
export type VerificationCode =
  | "NOT_FINALIZED"
  | "TORN_TAIL"
  | "CORRUPT_LINE"
  | "CORRUPT_FILE"
  | "INVALID_RECORD"
  | "RUN_ID_MISMATCH"
  | "INSTANCE_REPEATED"
  | "CORRELATION_ID_MISMATCH"
  | "STEP_MISSING"
  | "STEP_REPEATED"
  | "STEP_UNKNOWN"
  | "FALSE_PASS"
  | "TIME_REVERSED"
  | "SUMMARY_MISMATCH"
  | "SEAL_BROKEN"
  | "SEAL_MISMATCH"
  | "ARTIFACT_MISSING"
  | "ARTIFACT_BROKEN"
  | "UNKNOWN_ENTRY"
  | "SECRET_FOUND";

/** One problem of a run. */
export interface VerificationProblem {
  /** The kind of problem. */
  code: VerificationCode;
  /** The problem in words. */
  message: string;
  /** The file or directory concerned. */
  file: string;
  /** The instance concerned; null for none, or where it is not known. */
  instance_id: string | null;
}

/** Counts of what a run holds. */
export interface VerificationCounts {
  /** Instances that completed. */
  instances: number;
  /** Instances that have steps or assertions, and did not complete. */
  instancesInFlight: number;
  /** Step lines. */
  steps: number;
  /** Assertion lines. */
  assertions: number;
  /** Artifact files. */
  artifacts: number;
  /**
   * Empty artifact files, other than those of steps. They were recorded as
   * empty, or a power loss emptied them.
   */
  emptyArtifacts: number;
}

/** Result of `verifyRun`. */
export interface VerificationReport {
  /** Whether there are no problems. */
  ok: boolean;
  /** Id of the run; null where its manifest cannot be read. */
  run_id: string | null;
  /** Whether the run is completed, interrupted or being written. */
  state: RunState;
  /**
   * SHA-256 of `summary.json`, which has the hashes of all other files: note it
   * elsewhere, and the run can be held to it. Null where there is no summary.
   */
  seal: string | null;
  /** What the run holds. */
  counts: VerificationCounts;
  /** Number of problems. */
  problemCount: number;
  /** The first 1000 problems. */
  problems: VerificationProblem[];
}

const PROBLEMS_MAX = 1000;

/** Collects problems: counts all of them, and keeps the first ones. */
export class Problems {
  /** Number of problems. */
  count = 0;
  /** The first problems. */
  readonly kept: VerificationProblem[] = [];
  readonly #run: string;

  /** @param run The run directory. */
  constructor(run: string) {
    this.#run = run;
  }

  /** Whether further problems are counted only. */
  get isFull(): boolean {
    return this.kept.length === PROBLEMS_MAX;
  }

  /** Adds a problem. */
  add(
    code: VerificationCode,
    file: string,
    message: string,
    instance_id: string | null = null,
  ): void {
    this.count++;
    if (!this.isFull) this.kept.push({ code, message, file, instance_id });
  }

  /**
   * Adds a `CORRUPT_FILE` or `CORRUPT_LINE` as a problem.
   *
   * @throws Any other error.
   */
  addCorruption(error: unknown): void {
    if (!(error instanceof ArtifactError)) throw error;
    const { code, file, message } = error;
    if (code !== "CORRUPT_FILE" && code !== "CORRUPT_LINE") throw error;
    this.add(code, file ?? this.#run, message);
  }
}
