/**
 * The records of a run, each defined in a file of its own.
 *
 * @module
 */
export {
  type AssertionInput,
  type AssertionRecord,
  AssertionRecordSchema,
} from "./assertion_record.ts";
export { jsonObject, jsonValue } from "./fields.ts";
export {
  type ErrorRecord,
  ErrorRecordSchema,
  errorText,
  type InstanceInput,
  InstanceInputSchema,
  type InstanceRecord,
  InstanceRecordSchema,
} from "./instance_record.ts";
export {
  type Durability,
  type Manifest,
  ManifestOptions,
  ManifestSchema,
  type Seed,
  type Shard,
} from "./manifest.ts";
export { type StartRecord, StartRecordSchema } from "./start_record.ts";
export {
  type Observation,
  type ObservationInput,
  type StepInput,
  type StepRecord,
  StepRecordSchema,
  type StepResult,
  type StepStart,
} from "./step_record.ts";
export {
  type ArtifactsSeal,
  type FileSeal,
  type RunSeal,
  RunSealSchema,
  type ScenarioCounts,
  type ScenarioSummary,
  type Summary,
  SummarySchema,
} from "./summary.ts";
