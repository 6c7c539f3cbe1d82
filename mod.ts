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
export { createRun, type CreateRunOptions } from "./src/create_run.ts";
export {
  type InstanceTrace,
  openRun,
  type OpenRunOptions,
  RunReader,
  type RunState,
} from "./src/run_reader.ts";
export {
  type ResumedState,
  type RunStats,
  RunWriter,
} from "./src/run_writer.ts";
export type {
  AssertionInput,
  CompletionInput,
  StepInput,
} from "./src/instance_input.ts";
export { InstanceWriter } from "./src/instance_writer.ts";
export {
  type AssertionFilter,
  type InstanceFilter,
  type StepFilter,
} from "./src/filters.ts";
export { ArtifactFile } from "./src/artifact_file.ts";
export { type ArtifactData } from "./src/artifact_store.ts";
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
} from "./src/file_system.ts";
export type { JsonObject, JsonValue } from "./src/json.ts";
export type { FoundLock, LockHolder } from "./src/lock.ts";
export type { TornTail } from "./src/line_reader.ts";
export type { RunTotals } from "./src/tally.ts";
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
} from "./src/records.ts";
export {
  recoverRun,
  type RecoverRunOptions,
  type RecoveryReport,
  type SavedTail,
} from "./src/recover_run.ts";
export type { RunLimits } from "./src/limits.ts";
export type { RedactOptions } from "./src/redact.ts";
export { resumeRun, type ResumeRunOptions } from "./src/resume_run.ts";
export type { ReadonlyInstanceIds } from "./src/instance_ids.ts";
export { type ListedRun, listRuns } from "./src/list_runs.ts";
export { verifyRun, type VerifyRunOptions } from "./src/verify_run.ts";
export type { Secrets } from "./src/scan_secrets.ts";
export type {
  VerificationCode,
  VerificationCounts,
  VerificationProblem,
  VerificationReport,
} from "./src/verification_report.ts";
export type { FollowedRecord, FollowOptions } from "./src/follow_run.ts";
export type { ReadLinesOptions } from "./src/line_parser.ts";
export {
  type BodyEncoding,
  type HttpRequest,
  type HttpResponse,
} from "./src/http_message.ts";
export {
  type HttpExchange,
  RECORDED_HEADERS,
  sendHttp,
  type SendHttpOptions,
} from "./src/send_http.ts";
export { httpExecutor, type HttpExecutorOptions } from "./src/http_executor.ts";
export { type Difference, type ValueComparison } from "./src/differences.ts";
export {
  Replay,
  type ReplayContext,
  type ReplayExecutor,
  replayInstance,
  type ReplayOptions,
  VOLATILE_PATHS,
} from "./src/replay_instance.ts";
export type { ReplayedStep, ReplayVerdict } from "./src/replay_verdict.ts";
export type { CorrelationHeaders } from "./src/correlation.ts";
export { compareRuns, type RunComparison } from "./src/compare_runs.ts";
export type { ChangeKind, RunChange } from "./src/run_changes.ts";
export type { LatencyPercentiles, LatencyShift } from "./src/latency_shift.ts";
export { fingerprintRun } from "./src/fingerprint_run.ts";
export { exportInstance } from "./src/export_instance.ts";
