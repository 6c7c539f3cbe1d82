/**
 * Repairs runs: recovers what a crashed writer left, and resumes it.
 *
 * @module
 */
export {
  recoverRun,
  type RecoverRunOptions,
  type RecoveryReport,
} from "./recover_run.ts";
export { type SavedDamage, type SavedTail } from "./cut_file.ts";
export { resumeRun, type ResumeRunOptions } from "./resume_run.ts";
