/**
 * Filters records: every field that is set must hold.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  StepRecord,
} from "../format/records.ts";

/** Which instances; see {@linkcode RunReader.instances}. */
export interface InstanceFilter {
  /** This instance. */
  instance_id?: string;
  /** Instances of this scenario. */
  scenario_id?: string;
  /** Instances with this verdict. */
  passed?: boolean | null;
  /** Instances with an error (true) or without one (false). */
  hasError?: boolean;
  /** Instances that completed at this time or later. */
  since?: string | Date;
  /** Instances that completed before this time. */
  until?: string | Date;
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
  hasError?: boolean;
  /** Steps that ended at this time or later. */
  since?: string | Date;
  /** Steps that ended before this time. */
  until?: string | Date;
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
  /** Assertions judged at this time or later. */
  since?: string | Date;
  /** Assertions judged before this time. */
  until?: string | Date;
}

/** Whether a record is wanted; `undefined` where all are. */
export type Matcher<R> = ((record: R) => boolean) | undefined;

/**
 * Makes the matcher of an {@linkcode InstanceFilter}.
 *
 * @throws {ArtifactError} `INVALID_OPTION`
 */
export function instanceMatcher(
  filter: InstanceFilter,
): Matcher<InstanceRecord> {
  return matcher<InstanceRecord>(filter, {
    instance_id: (record) => record.instance_id,
    scenario_id: (record) => record.scenario_id,
    passed: (record) => record.passed,
    hasError: (record) => record.error !== null,
  }, (record) => record.completed_at);
}

/**
 * Makes the matcher of a {@linkcode StepFilter}.
 *
 * @throws {ArtifactError} `INVALID_OPTION`
 */
export function stepMatcher(filter: StepFilter): Matcher<StepRecord> {
  return matcher<StepRecord>(filter, {
    instance_id: (record) => record.instance_id,
    step_name: (record) => record.step_name,
    step_type: (record) => record.step_type,
    ok: (record) => record.observation.ok,
    hasError: (record) => (record.observation.errors?.length ?? 0) > 0,
  }, (record) => record.timestamp);
}

/**
 * Makes the matcher of an {@linkcode AssertionFilter}.
 *
 * @throws {ArtifactError} `INVALID_OPTION`
 */
export function assertionMatcher(
  filter: AssertionFilter,
): Matcher<AssertionRecord> {
  return matcher<AssertionRecord>(filter, {
    instance_id: (record) => record.instance_id,
    step_index: (record) => record.step_index,
    assertion_name: (record) => record.assertion_name,
    passed: (record) => record.passed,
  }, (record) => record.timestamp);
}

function matcher<R>(
  filter: object,
  fields: Record<string, (record: R) => unknown>,
  timeOf: (record: R) => string,
): Matcher<R> {
  if (typeof filter !== "object" || filter === null) {
    throw new ArtifactError(
      "INVALID_OPTION",
      `Cannot filter by ${
        JSON.stringify(filter)
      }: a filter is an object such as { ${Object.keys(fields)[0]}: "…" }`,
      { path: "" },
    );
  }
  const conditions: ((record: R) => boolean)[] = [];
  for (const [name, wanted] of Object.entries(filter)) {
    if (wanted === undefined) continue;
    const valueOf = fields[name];
    if (valueOf) {
      conditions.push((record) => valueOf(record) === wanted);
    } else if (name === "since") {
      const since = timeFilter(name, wanted);
      conditions.push((record) => timeOf(record) >= since);
    } else if (name === "until") {
      const until = timeFilter(name, wanted);
      conditions.push((record) => timeOf(record) < until);
    } else {
      throw invalidFilter(
        name,
        `is unknown: the filters are ${
          [...Object.keys(fields), "since", "until"].join(", ")
        }`,
      );
    }
  }
  if (conditions.length === 0) return undefined;
  return (record) => conditions.every((holds) => holds(record));
}

/** In the form of the format, in which times are in order as strings. */
function timeFilter(name: string, wanted: unknown): string {
  const isDate = wanted instanceof Date;
  if (isDate || (typeof wanted === "string" && ZONED_TIME.test(wanted))) {
    const date = new Date(wanted);
    if (!Number.isNaN(date.getTime())) return date.toISOString();
  }
  throw invalidFilter(
    name,
    `must be a Date, or ISO 8601 with a zone such as "2024-01-15T10:30:00Z"`,
  );
}

/** A date alone is midnight in UTC; a time without a zone could mean any. */
const ZONED_TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d.*(?:Z|[+-]\d\d:\d\d))?$/;

function invalidFilter(name: string, problem: string): ArtifactError {
  return new ArtifactError(
    "INVALID_OPTION",
    `Cannot filter by "${name}": it ${problem}`,
    { path: name },
  );
}
