/**
 * Exports runs: one instance, tables, traces, JUnit reports; merges several runs.
 *
 * @module
 */
export { exportInstance } from "./export_instance.ts";
export {
  exportJunit,
  type ExportJunitOptions,
  type JunitExport,
} from "./export_junit.ts";
export {
  exportOtlp,
  type ExportOtlpOptions,
  type OtlpExport,
} from "./export_otlp.ts";
export { exportParquet, type ParquetExport } from "./export_parquet.ts";
export { type ParquetTable } from "./parquet_tables.ts";
export { type MergedArtifacts } from "./merge_artifacts.ts";
export {
  type MergedRun,
  mergeRuns,
  type MergeRunsOptions,
} from "./merge_runs.ts";
