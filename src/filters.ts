/**
 * Which records a reader gives: every field that is set must hold.
 *
 * @module
 */
import type { AssertionRecord, InstanceRecord, StepRecord } from "./records.ts";

/** Which instances; see {@linkcode RunReader.instances}. */
export interface InstanceFilter {
  /** This instance. */
  instance_id?: string;
  /** Instances of this scenario. */
  scenario_id?: string;
  /** Instances with this verdict. */
  passed?: boolean | null;
  /** Instances with an error (true) or without one (false). */
  has_error?: boolean;
  /** Instances that completed at this time or later: ISO 8601 in UTC. */
  since?: string;
  /** Instances that completed before this time: ISO 8601 in UTC. */
  until?: string;
}

/** Which steps; see {@linkcode RunReader.steps}. */
export interface StepFilter {
  /** Steps of this instance. */
  instance_id?: string;
  /** Steps of this name. */
  step_name?: string;
  /** Steps of this type. */
  step_type?: string;
  /** Steps whose observation has this `ok`. */
  ok?: boolean;
  /** Steps whose observation has errors (true) or has none (false). */
  has_error?: boolean;
  /** Steps that ended at this time or later: ISO 8601 in UTC. */
  since?: string;
  /** Steps that ended before this time: ISO 8601 in UTC. */
  until?: string;
}

/** Which assertions; see {@linkcode RunReader.assertions}. */
export interface AssertionFilter {
  /** Assertions about this instance. */
  instance_id?: string;
  /** Assertions about this step; null for those about a whole instance. */
  step_index?: number | null;
  /** Assertions of this name. */
  assertion_name?: string;
  /** Assertions with this verdict. */
  passed?: boolean;
  /** Assertions judged at this time or later: ISO 8601 in UTC. */
  since?: string;
  /** Assertions judged before this time: ISO 8601 in UTC. */
  until?: string;
}

/** A function that tells whether an instance is wanted. */
export function instanceMatcher(
  filter: InstanceFilter,
): (record: InstanceRecord) => boolean {
  return (record) =>
    equals(filter.instance_id, record.instance_id) &&
    equals(filter.scenario_id, record.scenario_id) &&
    equals(filter.passed, record.passed) &&
    equals(filter.has_error, record.error !== null) &&
    isWithin(filter, record.completed_at);
}

/** A function that tells whether a step is wanted. */
export function stepMatcher(
  filter: StepFilter,
): (record: StepRecord) => boolean {
  return (record) =>
    equals(filter.instance_id, record.instance_id) &&
    equals(filter.step_name, record.step_name) &&
    equals(filter.step_type, record.step_type) &&
    equals(filter.ok, record.observation.ok) &&
    equals(filter.has_error, (record.observation.errors?.length ?? 0) > 0) &&
    isWithin(filter, record.timestamp);
}

/** A function that tells whether an assertion is wanted. */
export function assertionMatcher(
  filter: AssertionFilter,
): (record: AssertionRecord) => boolean {
  return (record) =>
    equals(filter.instance_id, record.instance_id) &&
    equals(filter.step_index, record.step_index) &&
    equals(filter.assertion_name, record.assertion_name) &&
    equals(filter.passed, record.passed) &&
    isWithin(filter, record.timestamp);
}

function equals<T>(wanted: T | undefined, found: T | undefined): boolean {
  return wanted === undefined || wanted === found;
}

/** Times of one form and zone are in order as strings. */
function isWithin(
  { since, until }: { since?: string; until?: string },
  time: string,
): boolean {
  return (since === undefined || time >= since) &&
    (until === undefined || time < until);
}
