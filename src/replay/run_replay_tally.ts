/**
 * Counts what became of the instances of a run that is replayed.
 *
 * @module
 */
import type { ReplayVerdict } from "./verdict.ts";

/** An instance that was replayed, or could not be. */
export interface ReplayedInstance {
  /** Its id. */
  instance_id: string;
  /** How it ended; null where it could not be replayed. */
  verdict: ReplayVerdict | null;
  /** What its recording lacks, in words; null where it was replayed. */
  missing: string | null;
  /** Whether a step of it got an answer. */
  isAnswered: boolean;
  /** The first error of its steps, in words; null where there is none. */
  error: string | null;
}

/** How the replay of a run ended. */
export interface RunReplay {
  /**
   * Whether all instances that were asked for were replayed, there was one, and
   * all match.
   */
  matches: boolean;
  /** Why not, in words; null where it matches. */
  reason: string | null;
  /** Instances that were asked for. */
  wanted: number;
  /** Instances that match their recording. */
  matching: number;
  /** Instances that do not. */
  different: number;
  /** Instances whose recording lacks something: they were not replayed. */
  incomplete: number;
  /** What the recordings lack, the first 20 kinds, with how many lack it. */
  missing: { reason: string; count: number }[];
  /** Why it ended before its end, in words; null where it did not. */
  stopped: string | null;
  /** Steps that were taken again. */
  stepsReplayed: number;
  /** Values that were compared. */
  comparedCount: number;
  /** Places that were not compared. */
  ignoredCount: number;
  /** Values that were followed from an answer into a request. */
  followedCount: number;
}

const MISSING_LISTED_MAX = 20;

/** Counts replays, and notices a service that does not answer any more. */
export class RunReplayTally {
  readonly #wanted: number;
  readonly #unansweredMax: number;
  readonly #missing = new Map<string, number>();
  readonly #counts = {
    matching: 0,
    different: 0,
    incomplete: 0,
    stepsReplayed: 0,
    comparedCount: 0,
    ignoredCount: 0,
    followedCount: 0,
  };
  #unanswered = 0;
  #stopped: string | null = null;

  /**
   * @param wanted Instances that are asked for.
   * @param unansweredMax Instances in a row without any answer that end it.
   */
  constructor(wanted: number, unansweredMax: number) {
    this.#wanted = wanted;
    this.#unansweredMax = unansweredMax;
  }

  /** Why no more is replayed, in words; null where it goes on. */
  get stopped(): string | null {
    return this.#stopped;
  }

  /** Ends it. */
  stop(reason: string): void {
    if (this.#done < this.#wanted) this.#stopped ??= reason;
  }

  get #done(): number {
    const { matching, different, incomplete } = this.#counts;
    return matching + different + incomplete;
  }

  /** Counts an instance. */
  add({ verdict, missing, isAnswered, error }: ReplayedInstance): void {
    const counts = this.#counts;
    if (!verdict) {
      counts.incomplete++;
      const reason = /exactly: (.*)$/s.exec(missing ?? "")?.[1] ?? "unknown";
      const known = this.#missing.get(reason);
      if (known !== undefined || this.#missing.size < MISSING_LISTED_MAX) {
        this.#missing.set(reason, (known ?? 0) + 1);
      }
      return;
    }
    counts[verdict.matches ? "matching" : "different"]++;
    counts.stepsReplayed += verdict.stepsReplayed;
    counts.comparedCount += verdict.comparedCount;
    counts.ignoredCount += verdict.ignoredCount;
    counts.followedCount += verdict.followedCount;
    this.#unanswered = isAnswered ? 0 : this.#unanswered + 1;
    if (this.#unanswered < this.#unansweredMax) return;
    this.stop(
      `no step of the last ${this.#unanswered} instances got an answer${
        error === null ? "" : `: ${error}`
      }`,
    );
  }

  /** How it ended. */
  result(): RunReplay {
    const { different, incomplete } = this.#counts;
    const wanted = this.#wanted;
    const reasons = [
      ...(this.#stopped === null ? [] : [
        `Ended after ${this.#done} of ${wanted} instances: ${this.#stopped}`,
      ]),
      ...(different > 0 ? [`${different} of ${wanted} instances differ`] : []),
      ...(incomplete > 0
        ? [`${incomplete} of ${wanted} instances could not be replayed`]
        : []),
      ...(wanted === 0 ? ["No instance was asked for"] : []),
    ];
    return {
      matches: reasons.length === 0,
      reason: reasons.length === 0 ? null : reasons.join("; "),
      wanted,
      ...this.#counts,
      missing: [...this.#missing].map(([reason, count]) => ({ reason, count })),
      stopped: this.#stopped,
    };
  }
}
