/**
 * The flight recorder of Windtunnel: streams everything that a run of
 * simulations does to disk while it goes on, and gives it back afterwards.
 *
 * @example
 * ```ts
 * import { createRun, openRun } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce", seed: 42 });
 * const instance = run.startInstance({ scenario_id: "checkout" });
 * await instance.step({ step_name: "pay", step_type: "http" });
 * await instance.complete({ passed: false, error: "card declined" });
 * await run.finalize();
 *
 * const past = await openRun(run.path);
 * for await (const { instance_id, error } of past.instances({ passed: false })) {
 *   console.log(instance_id, error);
 * }
 * ```
 *
 * @module
 */
export { createRun, type CreateRunOptions } from "./src/record/create_run.ts";
export {
  type InstanceTrace,
  openRun,
  type OpenRunOptions,
  RunReader,
  type RunState,
} from "./src/read/run_reader.ts";
export {
  type ResumedState,
  type RunStats,
  RunWriter,
} from "./src/record/run_writer.ts";
export type {
  AssertionInput,
  CompletionInput,
  StepInput,
} from "./src/record/instance_input.ts";
export { InstanceWriter } from "./src/record/instance_writer.ts";
export {
  type AssertionFilter,
  type InstanceFilter,
  type StepFilter,
} from "./src/read/filters.ts";
export { ArtifactFile } from "./src/read/artifact_file.ts";
export { type ArtifactData } from "./src/record/artifact_writer.ts";
export {
  ArtifactError,
  type ArtifactErrorCode,
  type ArtifactErrorDetails,
} from "./src/errors.ts";
export type {
  DirectoryEntry,
  FileHandle,
  FileInfo,
  FileSystem,
  ProcessIdentity,
  ReadHandle,
} from "./src/storage/file_system.ts";
export type { JsonObject, JsonValue } from "./src/json/value.ts";
export type { FoundLock, LockHolder } from "./src/storage/lock.ts";
export type { TornTail } from "./src/storage/line_reader.ts";
export type { RunTotals } from "./src/format/tally.ts";
export {
  type AssertionRecord,
  AssertionRecordSchema,
  type Durability,
  type InstanceInput,
  InstanceInputSchema,
  type InstanceRecord,
  InstanceRecordSchema,
  type Manifest,
  ManifestSchema,
  type Observation,
  type ScenarioSummary,
  type Seed,
  type StepRecord,
  StepRecordSchema,
  type Summary,
  SummarySchema,
} from "./src/format/records.ts";
export {
  recoverRun,
  type RecoverRunOptions,
  type RecoveryReport,
  type SavedTail,
} from "./src/repair/recover_run.ts";
export type { RunLimits } from "./src/storage/limits.ts";
export type { RedactOptions } from "./src/redact/redactor.ts";
export { resumeRun, type ResumeRunOptions } from "./src/repair/resume_run.ts";
export type { ReadonlyInstanceIds } from "./src/format/instance_ids.ts";
export { type ListedRun, listRuns } from "./src/read/list_runs.ts";
export { verifyRun, type VerifyRunOptions } from "./src/verify/verify_run.ts";
export type { Secrets } from "./src/verify/scan_secrets.ts";
export type {
  VerificationCode,
  VerificationCounts,
  VerificationProblem,
  VerificationReport,
} from "./src/verify/report.ts";
export type { FollowedRecord, FollowOptions } from "./src/read/follow_run.ts";
export type { ReadLinesOptions } from "./src/read/line_parser.ts";
export {
  type BodyEncoding,
  type HttpRequest,
  type HttpResponse,
} from "./src/http/http_message.ts";
export {
  type HttpExchange,
  RECORDED_HEADERS,
  sendHttp,
  type SendHttpOptions,
} from "./src/http/send_http.ts";
export {
  httpExecutor,
  type HttpExecutorOptions,
} from "./src/replay/http_executor.ts";
export { type Difference, type ValueComparison } from "./src/json/diff.ts";
export {
  Replay,
  type ReplayContext,
  type ReplayExecutor,
  replayInstance,
  type ReplayOptions,
  VOLATILE_PATHS,
} from "./src/replay/replay_instance.ts";
export type { ReplayedStep, ReplayVerdict } from "./src/replay/verdict.ts";
export type { CorrelationHeaders } from "./src/format/correlation.ts";
export { compareRuns, type RunComparison } from "./src/compare/compare_runs.ts";
export type { ChangeKind, RunChange } from "./src/compare/run_changes.ts";
export type {
  LatencyPercentiles,
  LatencyShift,
} from "./src/compare/latencies.ts";
export { fingerprintRun } from "./src/compare/fingerprint_run.ts";
export { exportInstance } from "./src/transfer/export_instance.ts";
