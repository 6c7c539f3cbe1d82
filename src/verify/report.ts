/**
 * What a verification found, as data.
 *
 * @module
 */
import type { RunState } from "../read/mod.ts";

/**
 * What does not hold.
 *
 * | code | meaning |
 * |---|---|
 * | `NOT_FINALIZED` | the run has no summary: it goes on, or it broke off and can be recovered |
 * | `TORN_TAIL` | a file ends in the middle of a line |
 * | `CORRUPT_LINE` | a line before that is no record |
 * | `CORRUPT_FILE` | `manifest.json`, `summary.json` or a JSONL file is missing or cannot be understood |
 * | `INVALID_RECORD` | a field is missing or of the wrong kind |
 * | `RUN_ID_MISMATCH` | a record or the summary names another run |
 * | `INSTANCE_REPEATED` | an instance has two lines |
 * | `CORRELATION_ID_MISMATCH` | records of one instance have more correlation ids than it had attempts (told where its id is one that this library derives) |
 * | `STEP_MISSING` | the step indexes of an instance have a gap |
 * | `STEP_REPEATED` | an instance has a step index twice |
 * | `STEP_UNKNOWN` | an assertion judges a step that its completed instance does not have |
 * | `SUMMARY_MISMATCH` | a total in the summary is not what the lines say |
 * | `ARTIFACT_MISSING` | a step names a file that is not there |
 * | `ARTIFACT_BROKEN` | the request or response of a step is empty or no JSON, as after a power loss |
 * | `UNKNOWN_ENTRY` | the tree has something that the format does not know, such as a link, or the file of a step that is not there |
 * | `SECRET_FOUND` | a file, or the name of one, has a value of `secrets` |
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
  | "SUMMARY_MISMATCH"
  | "ARTIFACT_MISSING"
  | "ARTIFACT_BROKEN"
  | "UNKNOWN_ENTRY"
  | "SECRET_FOUND";

/** One thing that does not hold. */
export interface VerificationProblem {
  /** What does not hold. */
  code: VerificationCode;
  /** The same in words, for people. */
  message: string;
  /** The file or directory concerned. */
  file: string;
  /** The instance concerned; null where it is none, or not known. */
  instance_id: string | null;
}

/** What a verified run holds. */
export interface VerificationCounts {
  /** Instances that completed. */
  instances: number;
  /** Instances that have steps or assertions, and never completed. */
  instancesInFlight: number;
  /** Step lines. */
  steps: number;
  /** Assertion lines. */
  assertions: number;
  /** Artifact files. */
  artifacts: number;
  /**
   * Artifact files of no bytes, other than those of steps. They may have been
   * recorded so; or a power loss emptied them.
   */
  emptyArtifacts: number;
}

/** What `verifyRun` found. */
export interface VerificationReport {
  /** Whether everything holds. */
  ok: boolean;
  /** Id of the run; null where its manifest cannot be read. */
  run_id: string | null;
  /** Whether the run was completed, broke off, or goes on. */
  state: RunState;
  /** What it holds. */
  counts: VerificationCounts;
  /** How many problems there are. */
  problemCount: number;
  /** The first thousand of them. */
  problems: VerificationProblem[];
}

const PROBLEMS_MAX = 1000;

/** Collects problems: all are counted, the first ones are kept. */
export class Problems {
  /** How many there are. */
  count = 0;
  /** The first ones. */
  readonly kept: VerificationProblem[] = [];

  /** Whether the next one will be kept, and not only counted. */
  get areKept(): boolean {
    return this.kept.length < PROBLEMS_MAX;
  }

  /** Takes one. */
  add(
    code: VerificationCode,
    file: string,
    message: string,
    instance_id: string | null = null,
  ): void {
    this.count++;
    if (this.areKept) this.kept.push({ code, message, file, instance_id });
  }
}
