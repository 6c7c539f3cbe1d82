/**
 * The interface of a run to its instances.
 *
 * @module
 */
import type { Redactor } from "../redact/redactor.ts";
import type { HeldRoom } from "./held_files.ts";
import type { RequestsForm } from "./requests_form.ts";
import type { ArtifactWriter } from "./artifact_writer.ts";
import type { WriteRoom } from "./ordered_writes.ts";
import type { RunLogs } from "./run_logs.ts";
import type { StepHandle } from "./step_writer.ts";

/** What an instance needs of its run. */
export interface RunContext extends WriteRoom {
  /** Id of the run. */
  readonly run_id: string;
  /** Nonce of the run. */
  readonly nonce: string;
  /** Writes its artifacts. */
  readonly artifacts: ArtifactWriter;
  /** Take its records. */
  readonly logs: RunLogs;
  /** Takes secrets out of what it records. */
  readonly redactor: Redactor | undefined;
  /** Where the requests and the responses of steps are put. */
  readonly requests: RequestsForm;
  /** What its open instances hold. */
  readonly held: HeldRoom;
  /** Throws where the run takes no more. */
  assertOpen(): void;
  /** Counts an instance that was completed. */
  onCompleted(): void;
  /** Runs a function with a step as the current one. */
  inStep<T>(step: StepHandle, work: () => T): T;
}
