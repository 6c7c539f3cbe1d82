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
export {
  ArtifactError,
  type ArtifactErrorCode,
  type ArtifactErrorDetails,
} from "./src/errors.ts";
export type {
  DirectoryEntry,
  FileHandle,
  FileId,
  FileInfo,
  FileSystem,
  ProcessIdentity,
  ReadHandle,
} from "./src/storage/file_system.ts";
export type { JsonObject, JsonValue } from "./src/json/value.ts";
export type { FoundLock, LockHolder } from "./src/storage/lock_file.ts";
export type { TornTail } from "./src/storage/torn_tail.ts";
export { OTHER_SCENARIOS, SCENARIOS_MAX } from "./src/format/scenario_rows.ts";
export type { RunTotals } from "./src/format/tally.ts";
export {
  type ArtifactsSeal,
  type AssertionRecord,
  AssertionRecordSchema,
  type Durability,
  type ErrorRecord,
  ErrorRecordSchema,
  type FileSeal,
  type InstanceInput,
  InstanceInputSchema,
  type InstanceRecord,
  InstanceRecordSchema,
  type Manifest,
  ManifestSchema,
  type Observation,
  type RunSeal,
  RunSealSchema,
  type ScenarioCounts,
  type ScenarioSummary,
  type Seed,
  type Shard,
  type StartRecord,
  StartRecordSchema,
  type StepRecord,
  StepRecordSchema,
  type Summary,
  SummarySchema,
} from "./src/format/records.ts";
export type { RedactOptions } from "./src/redact/redactor.ts";
export type { ReadonlyInstanceIds } from "./src/format/instance_ids.ts";
export { type Difference, type ValueComparison } from "./src/json/diff.ts";
export type { CorrelationHeaders } from "./src/format/correlation.ts";
export * from "./src/http/mod.ts";
export * from "./src/record/mod.ts";
export * from "./src/read/mod.ts";
export * from "./src/repair/mod.ts";
export * from "./src/verify/mod.ts";
export * from "./src/analyze/mod.ts";
export * from "./src/compare/mod.ts";
export * from "./src/replay/mod.ts";
export * from "./src/transfer/mod.ts";
export * from "./src/report/mod.ts";
export { reviveValues } from "./src/json/revive_values.ts";
export { VERSION } from "./src/format/version.ts";
export type { LatencySketchRecord } from "./src/format/latency_sketch.ts";
