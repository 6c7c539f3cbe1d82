/**
 * Replays recorded instances.
 *
 * @module
 */
export { httpExecutor, type HttpExecutorOptions } from "./http_executor.ts";
export {
  type ReplayContext,
  type ReplayExecutor,
  type ReplayExecutors,
} from "./executor.ts";
export { instanceLinks } from "./instance_links.ts";
export { type Link, type LinkPlace } from "./links/link.ts";
export { type LinkRules, type RulePlace } from "./links/link_rules.ts";
export { Replay, replayInstance } from "./replay_instance.ts";
export { learnNoise, type LearnNoiseOptions } from "./noise/learn_noise.ts";
export {
  type NoiseKind,
  type NoiseRule,
  type NoiseType,
} from "./noise/noise_rule.ts";
export { replayRun, type ReplayRunOptions } from "./replay_run.ts";
export { type ReplayedInstance, type RunReplay } from "./run_replay_tally.ts";
export { type ReplayOptions, VOLATILE_PATHS } from "./replay_options.ts";
export { type ReplayedStep, type ReplayVerdict } from "./verdict.ts";
