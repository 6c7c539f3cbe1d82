/**
 * Replays recorded instances.
 *
 * @module
 */
export { httpExecutor, type HttpExecutorOptions } from "./http_executor.ts";
export { type ReplayContext, type ReplayExecutor } from "./executor.ts";
export { Replay, replayInstance } from "./replay_instance.ts";
export { type ReplayOptions, VOLATILE_PATHS } from "./replay_options.ts";
export { type ReplayedStep, type ReplayVerdict } from "./verdict.ts";
