/**
 * Finds the file of a kind of records, and the check of its parsed lines.
 *
 * @module
 */
import type { RunPaths } from "../format/layout.ts";
import { ASSERTION } from "../format/assertion_record.ts";
import { INSTANCE } from "../format/instance_record.ts";
import { START } from "../format/start_record.ts";
import { STEP } from "../format/step_record.ts";

/** The kinds of records. */
export type RecordKind = "instance" | "step" | "assertion" | "start";

/** The lines of a kind of records. */
export interface RecordLines {
  /** Their file. */
  file: string;
  /** Whether a parsed line is such a record. */
  isRecord: (value: unknown) => boolean;
}

/** Returns the file of a kind of records, and the check of its lines. */
export function linesOf(paths: RunPaths, kind: RecordKind): RecordLines {
  switch (kind) {
    case "instance":
      return { file: paths.instances, isRecord: INSTANCE.isRecord };
    case "step":
      return { file: paths.steps, isRecord: STEP.isRecord };
    case "assertion":
      return { file: paths.assertions, isRecord: ASSERTION.isRecord };
    case "start":
      return { file: paths.started, isRecord: START.isRecord };
  }
}
