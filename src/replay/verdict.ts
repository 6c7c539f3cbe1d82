/**
 * Decides whether a replay matches its recording.
 *
 * @module
 */
import {
  addDifference,
  compareValues,
  type ValueComparison,
} from "../json/diff.ts";
import type { JsonValue } from "../json/value.ts";
import type { Link } from "./links/link.ts";
import type { RecordedInstance } from "./recorded_instance.ts";
import type { Observation, StepRecord } from "../format/records.ts";

/** A step that was replayed. */
export interface ReplayedStep extends ValueComparison {
  /** The step as it was recorded. */
  recorded: StepRecord;
  /** What was seen now; null where the executor threw. */
  actual: Observation | null;
  /** What the executor threw, in words; null where it gave an observation. */
  error: string | null;
  /**
   * Whether it could not be replayed: the executor refused it, because the
   * recording lacks something. Only with `allowIncomplete`.
   */
  skipped: boolean;
  /**
   * What was sent, with placeholders where secrets stand; undefined where no
   * request was recorded.
   */
  sent?: JsonValue;
  /** How many of the ignored places are noise that was learned. */
  noiseCount: number;
  /** The links by which new values were sent in place of recorded ones. */
  followed: Link[];
  /**
   * The links that could not be followed, for the new answer has no value in the
   * place: the recorded value was sent.
   */
  lost: Link[];
}

/** How a replay ended. */
export interface ReplayVerdict {
  /**
   * Whether all steps that were asked for were replayed, something was compared,
   * and nothing differed.
   */
  matches: boolean;
  /** Why it does not match, in words; null where it does. */
  reason: string | null;
  /** Steps that were recorded. */
  stepsRecorded: number;
  /** Steps that were executed again. */
  stepsReplayed: number;
  /** Steps that differ. */
  stepsDifferent: number;
  /** Steps that could not be replayed: see {@linkcode ReplayedStep.skipped}. */
  stepsSkipped: number;
  /** Differences of all steps. */
  differencesCount: number;
  /** Values of all steps that were compared. */
  comparedCount: number;
  /** Places of all steps that were not compared. */
  ignoredCount: number;
  /** How many of these are noise that was learned. */
  noiseCount: number;
  /** Values that were followed from an answer into a request. */
  followedCount: number;
  /** What the recording lacks; empty unless `allowIncomplete` is given. */
  missing: string[];
}

/** Returns how a replay ended in which these steps were replayed. */
export function verdictOf(
  instance: RecordedInstance | undefined,
  replayed: readonly ReplayedStep[],
): ReplayVerdict {
  const sum = (count: (step: ReplayedStep) => number) =>
    replayed.reduce((total, step) => total + count(step), 0);
  const taken = sum(({ skipped }) => skipped ? 0 : 1);
  const different = sum(({ differencesCount: n }) => n > 0 ? 1 : 0);
  const comparedCount = sum((step) => step.comparedCount);
  const wanted = instance?.steps.length ?? 0;
  const reason = different > 0
    ? `${different} of ${taken} steps differ`
    : replayed.length < wanted
    ? `The replay was left after ${replayed.length} of ${wanted} steps`
    : comparedCount === 0
    ? "Nothing was compared"
    : taken < wanted
    ? `${wanted - taken} of ${wanted} steps could not be replayed`
    : null;
  return {
    matches: reason === null,
    reason,
    stepsRecorded: instance?.recordedCount ?? 0,
    stepsReplayed: taken,
    stepsDifferent: different,
    stepsSkipped: replayed.length - taken,
    differencesCount: sum((step) => step.differencesCount),
    comparedCount,
    ignoredCount: sum((step) => step.ignoredCount),
    noiseCount: sum((step) => step.noiseCount),
    followedCount: sum((step) => step.followed.length),
    missing: instance?.missing ?? [],
  };
}

/** A step that was not executed. */
export function skippedStep(
  recorded: StepRecord,
  error: string,
  links: Pick<ReplayedStep, "followed" | "lost" | "sent">,
): ReplayedStep {
  return {
    recorded,
    actual: null,
    error,
    skipped: true,
    noiseCount: 0,
    ...links,
    ...compareValues(undefined, undefined),
  };
}

/** A step whose secret did not come from the answer that brings it. */
export function unsentStep(
  recorded: StepRecord,
  path: string,
  links: Pick<ReplayedStep, "followed" | "lost" | "sent">,
): ReplayedStep {
  const { from } = links.lost[0]!;
  return {
    recorded,
    actual: null,
    error: `${
      JSON.stringify(path)
    } could not be sent: step ${from.step_index} has no ${
      JSON.stringify(from.path)
    } now`,
    skipped: false,
    noiseCount: 0,
    ...links,
    ...differentAsWhole(recorded.observation),
  };
}

/** The whole observation differs: there is none to compare it with. */
export function differentAsWhole(recorded: Observation): ValueComparison {
  const found = compareValues(undefined, undefined);
  addDifference(found, { path: "", recorded });
  return found;
}
