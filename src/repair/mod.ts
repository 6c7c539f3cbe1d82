/**
 * Repairs runs: recovers what a crashed writer left, and resumes it.
 *
 * @module
 */
export {
  recoverRun,
  type RecoverRunOptions,
  type RecoveryReport,
  type SavedDamage,
  type SavedTail,
} from "./recover_run.ts";
export { resumeRun, type ResumeRunOptions } from "./resume_run.ts";
