/**
 * Replays recorded instances.
 *
 * @module
 */
export { httpExecutor, type HttpExecutorOptions } from "./http_executor.ts";
export {
  Replay,
  type ReplayContext,
  type ReplayExecutor,
  replayInstance,
  type ReplayOptions,
  VOLATILE_PATHS,
} from "./replay_instance.ts";
export { type ReplayedStep, type ReplayVerdict } from "./verdict.ts";
