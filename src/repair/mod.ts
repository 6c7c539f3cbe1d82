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
export { type SavedDamage, type SavedTail } from "./set_aside.ts";
export { resumeRun, type ResumeRunOptions } from "./resume_run.ts";
