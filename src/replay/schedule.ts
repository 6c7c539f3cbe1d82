/**
 * When the steps of a replay begin at the pace of the recording.
 *
 * @module
 */
import type { StepRecord } from "../format/records.ts";
import { sleep } from "./rate_limit.ts";
import type { Link } from "./links/link.ts";

/** A step, and what it waits for. */
export interface Scheduled {
  /** Its place among all steps. */
  place: number;
  /** The places in its group of those that had ended before it began. */
  after: number[];
  /** Time between the last of what had ended before it and its begin. */
  pauseMs: number;
}

/** Times have whole milliseconds. */
const RESOLUTION_MS = 1;

/**
 * Groups of steps that follow each other, in the order of the steps. A step is in
 * the group of the one before it where it began before a step of that group had
 * ended.
 *
 * @param links Those that a step waits for, whatever the times say.
 */
export function schedule(
  steps: readonly StepRecord[],
  links: readonly Link[] = [],
): Scheduled[][] {
  const groups: Scheduled[][] = [];
  let group: Scheduled[] = [];
  let spans: Span[] = [];
  /** The end of all steps of earlier groups. */
  let before: number | undefined;
  for (const [place, step] of steps.entries()) {
    const span = spanOf(step);
    if (group.length > 0 && !spans.some((one) => overlaps(one, span))) {
      groups.push(group);
      before = Math.max(before ?? -Infinity, ...spans.map(({ end }) => end));
      group = [];
      spans = [];
    }
    const ended = spans.filter((one) => !overlaps(one, span));
    const after = spans.flatMap((one, place) =>
      ended.includes(one) || brings(one.step_index, step, links) ? [place] : []
    );
    const since = Math.max(
      before ?? -Infinity,
      ...ended.map(({ end }) => end),
    );
    // The first steps of the instance count from the first of them.
    const from = since === -Infinity ? spans[0]?.start ?? span.start : since;
    const pauseMs = Math.max(0, Math.floor(span.start - from));
    group.push({ place, after, pauseMs });
    spans.push(span);
  }
  if (group.length > 0) groups.push(group);
  return groups;
}

/** Groups of one step each, without a pause. */
export function oneByOne(count: number): Scheduled[][] {
  return Array.from(
    { length: count },
    (_, place) => [{ place, after: [], pauseMs: 0 }],
  );
}

/**
 * Begins the steps of a group, each when those that it comes after have ended.
 *
 * @param take Takes the step at a place.
 * @returns Their results in their order.
 */
export function takeGroup<T>(
  group: readonly Scheduled[],
  take: (place: number) => Promise<T>,
  signal: AbortSignal,
): Promise<T>[] {
  const underWay: Promise<T>[] = [];
  for (const { place, after, pauseMs } of group) {
    const begin = async () => {
      await Promise.all(after.map((other) => underWay[other]));
      await sleep(pauseMs, signal);
      return await take(place);
    };
    underWay.push(begin());
  }
  // One that fails ends the replay; the others are not left unheard.
  for (const one of underWay) one.catch(() => {});
  return underWay;
}

/** Whether a later step has a value of an earlier one. */
function brings(
  step_index: number,
  later: StepRecord,
  links: readonly Link[],
): boolean {
  return links.some(({ from, to }) =>
    from.step_index === step_index && to.step_index === later.step_index
  );
}

interface Span {
  step_index: number;
  start: number;
  end: number;
}

function spanOf({ step_index, timestamp, observation }: StepRecord): Span {
  const start = Date.parse(timestamp);
  return { step_index, start, end: start + (observation.latency_ms ?? 0) };
}

/** Whether a step had surely not ended when a later one began. */
function overlaps(earlier: Span, later: Span): boolean {
  return later.start + RESOLUTION_MS < earlier.end &&
    earlier.start + RESOLUTION_MS < later.end;
}
