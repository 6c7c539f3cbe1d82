/**
 * Analyzes runs and instances.
 *
 * @module
 */
export {
  analyzeRun,
  type AnalyzeRunOptions,
  type Latencies,
  type RunAnalysis,
} from "./analyze_run.ts";
export {
  type CheckedRequirement,
  checkRun,
  type CheckRunOptions,
  type RunCheck,
} from "./check_run.ts";
export {
  type InstanceMetric,
  parseRequirement,
  type Requirement,
  type RequirementMetric,
  type RequirementOperator,
} from "./requirement.ts";
export {
  type FailedInstance,
  type FailureCause,
  type Failures,
} from "./failures.ts";
export {
  diffInstances,
  type DiffInstancesOptions,
  type InstanceDiff,
  type StepDiff,
} from "./diff_instances.ts";
export { findSteps, type FindStepsOptions } from "./find_steps.ts";
export { type HistogramBucket } from "./histogram.ts";
export { type IncompleteInstance, type InFlight } from "./in_flight.ts";
export {
  type InstanceTimeline,
  instanceTimeline,
  type InstanceVerdict,
  instanceVerdict,
  type StepMessageSource,
  type TimelineStep,
} from "./instance_timeline.ts";
export { LiveTotals } from "./live_totals.ts";
export {
  readStepMessages,
  type ReadStepMessagesOptions,
  type StepMessages,
  type StepRequest,
  type StepResponse,
  type UnreadableFile,
} from "./step_messages.ts";
export { type KeyHistory, type KeyVerdict } from "./key_history.ts";
export {
  type HistoryRun,
  type RunHistory,
  runHistory,
  type RunHistoryOptions,
} from "./run_history.ts";
export {
  type SearchHit,
  searchRun,
  type SearchRunOptions,
} from "./search_run.ts";
export {
  type StepStatistics,
  stepStatistics,
  type StepStatisticsOptions,
} from "./step_statistics.ts";
export { assertionReason } from "../format/assertion_reason.ts";
export { isFailed } from "../format/instance_record.ts";
export { errorText } from "../format/records.ts";
