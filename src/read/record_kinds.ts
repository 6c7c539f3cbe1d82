/**
 * Says in which file the records of a kind are, and which fields a parsed line must
 * have to be one of them: those that readers rely on.
 *
 * @module
 */
import type { RunPaths } from "../format/layout.ts";
import { START } from "../format/start_record.ts";

/** The kinds of records. */
export type RecordKind = "instance" | "step" | "assertion" | "start";

/** The lines of a kind of records. */
export interface RecordLines {
  /** Their file. */
  file: string;
  /** Whether a parsed line is such a record. */
  isRecord: (value: unknown) => boolean;
}

/** Where the records of a kind are in a run, and how they are told. */
export function linesOf(paths: RunPaths, kind: RecordKind): RecordLines {
  switch (kind) {
    case "instance":
      return { file: paths.instances, isRecord: isInstanceRecord };
    case "step":
      return { file: paths.steps, isRecord: isStepRecord };
    case "assertion":
      return { file: paths.assertions, isRecord: isAssertionRecord };
    case "start":
      return { file: paths.started, isRecord: START.isRecord };
  }
}

function isInstanceRecord(value: unknown): boolean {
  return hasIds(value) && hasText(value, "scenario_id") &&
    hasText(value, "completed_at");
}

function isStepRecord(value: unknown): boolean {
  if (!hasIds(value) || !hasText(value, "step_name")) return false;
  const { observation, step_index, timestamp } = value;
  return typeof observation === "object" && observation !== null &&
    typeof step_index === "number" && typeof timestamp === "string";
}

function isAssertionRecord(value: unknown): boolean {
  return hasIds(value) && hasText(value, "assertion_name") &&
    hasText(value, "timestamp");
}

function hasIds(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null &&
    hasText(value, "instance_id") && hasText(value, "correlation_id");
}

function hasText(value: object, field: string): boolean {
  return typeof (value as Record<string, unknown>)[field] === "string";
}
