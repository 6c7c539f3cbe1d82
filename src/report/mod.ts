/**
 * Writes runs as pages to look at.
 *
 * @module
 */
export {
  writeReport,
  type WriteReportOptions,
  type WrittenReport,
} from "./write_report.ts";
