/**
 * Writes runs as pages to look at, and in short.
 *
 * @module
 */
export { briefRun, type BriefRunOptions, type RunBrief } from "./brief_run.ts";
export {
  LiveReport,
  liveReport,
  type LiveReportOptions,
} from "./live_report.ts";
export {
  type GithubReport,
  githubReport,
  type GithubReportOptions,
} from "./github_report.ts";
export {
  writeReport,
  type WriteReportOptions,
  type WrittenReport,
} from "./write_report.ts";
