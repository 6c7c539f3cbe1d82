/**
 * Verifies runs.
 *
 * @module
 */
export {
  type VerificationCode,
  type VerificationCounts,
  type VerificationProblem,
  type VerificationReport,
} from "./report.ts";
export { type Secrets } from "./secret_forms.ts";
export { verifyRun, type VerifyRunOptions } from "./verify_run.ts";
