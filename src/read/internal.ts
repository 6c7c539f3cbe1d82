/**
 * Exports of `read/` for other folders, which are not public.
 *
 * @module
 */
export {
  type Attempts,
  currentAttempt,
  readAttempts,
  splitAttempts,
} from "./attempts.ts";
export { readManifest, readSummary, runPermissions } from "./documents.ts";
export { groupedRecords } from "./grouped_records.ts";
export { type InstanceGroup, instanceTrace } from "./instance_trace.ts";
export { decode, LineParser } from "./line_parser.ts";
export { EARLY_STEPS_MAX, InstanceLedger } from "./instance_ledger.ts";
export { readMessage } from "./read_message.ts";
export { recordBlocks } from "./record_blocks.ts";
export { startBlocks } from "./started.ts";
export { linesOf, type RecordKind } from "./record_kinds.ts";
export { runState } from "./run_state.ts";
