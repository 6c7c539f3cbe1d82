/**
 * Options of a replay.
 *
 * @module
 */
import * as v from "valibot";
import {
  SignalOption,
  TextOption,
  wholeNumberOption,
} from "../check/options.ts";

import { type NoiseRule, NoiseSchema } from "./noise/noise_rule.ts";
import { type LinkRules, LinkRulesSchema } from "./links/link_rules.ts";

/** How `replayInstance` replays. */
export interface ReplayOptions {
  /** The first step to replay, by `step_index`. Default: 0. */
  from?: number;
  /** The step before which it ends, by `step_index`. Default: after the last. */
  until?: number;
  /**
   * Places of the observation that are not compared: paths such as
   * `headers.date` or `body.items[*].id`, in which `*` stands for one segment and
   * `**` for any number. Default: {@linkcode VOLATILE_PATHS}.
   */
  ignore?: readonly string[];
  /**
   * Whether values of new answers, such as ids, tokens and cookies, are sent where
   * the recorded ones stood: see {@linkcode instanceLinks}. Default: true.
   */
  follow?: boolean;
  /** What people know of the links: see {@linkcode LinkRules}. Default: nothing. */
  links?: LinkRules;
  /** Differences that {@linkcode learnNoise} has learned. Default: none. */
  noise?: readonly NoiseRule[];
  /**
   * When steps begin: one after the other without a pause (`"none"`), or as their
   * times in the recording say (`"recorded"`): with the same pauses, and side by
   * side where they ran so. Default: `"none"`.
   */
  pace?: "none" | "recorded";
  /** Values that were kept out of the recording, by name. */
  secrets?: Readonly<Record<string, string>>;
  /** Replays what there is where the recording lacks something. Default: false. */
  allowIncomplete?: boolean;
  /** Ends the replay: it throws the reason. */
  signal?: AbortSignal;
}

/** What options of replays have in common. */
export const ReplayOptionEntries: v.ObjectEntries = {
  ignore: v.optional(v.array(TextOption, "must be an array of texts")),
  follow: v.optional(v.boolean()),
  links: v.optional(LinkRulesSchema),
  noise: v.optional(NoiseSchema),
  pace: v.optional(v.picklist(["none", "recorded"])),
  secrets: v.optional(v.record(v.string(), v.string())),
  allowIncomplete: v.optional(v.boolean()),
  signal: SignalOption,
};

/** What {@linkcode ReplayOptions} may hold. */
export const ReplayOptionsSchema: v.GenericSchema<ReplayOptions> = v
  .strictObject({
    ...ReplayOptionEntries,
    from: v.optional(wholeNumberOption(0)),
    until: v.optional(v.union([wholeNumberOption(0), v.literal(Infinity)])),
  });

/** What `replayInstance` does not compare by default. */
export const VOLATILE_PATHS: readonly string[] = [
  "latency_ms",
  "headers.date",
  "headers.age",
  "headers.expires",
  "headers.server-timing",
  "headers.traceparent",
  "headers.tracestate",
  "headers.x-request-id",
  // Texts of the runtime, which differ for the same failure.
  "errors[*].cause",
];
