/**
 * The interface of an instance to its steps and assertions.
 *
 * @module
 */
import type { Correlation } from "../format/correlation.ts";
import type { Evidence } from "./evidence.ts";
import type { InstanceFiles } from "./instance_files.ts";
import type { AssertionInput } from "../format/records.ts";
import type { RunContext } from "./run_context.ts";

/** What the records of an instance need of it. */
export interface InstanceContext {
  /** Its run. */
  readonly run: RunContext;
  /** Id within the run. */
  readonly instance_id: string;
  /** Its correlation id and span. */
  readonly ids: Correlation;
  /** Its files. */
  readonly files: InstanceFiles;
  /** What its verdict follows from. */
  readonly evidence: Evidence;
  /** Throws where it takes no more. */
  assertOpen(): void;
  /** Records an assertion; throws at once where it is not accepted. */
  assertion(input: AssertionInput): Promise<void>;
}
