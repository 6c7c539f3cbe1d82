/**
 * The test cases of a JUnit report: an instance with all attempts at it.
 *
 * @module
 */
import { join } from "@std/path/join";
import { isFailed } from "../format/instance_record.ts";
import type { InstanceRecord, StepRecord } from "../format/records.ts";
import {
  currentAttempt,
  type InstanceGroup,
  splitAttempts,
} from "../read/internal.ts";
import type { RunReader } from "../read/mod.ts";
import { failureReasons } from "./failure_reasons.ts";
import type { JunitCase, JunitProblem } from "./junit_xml.ts";

/** How an instance ended, as a report counts it. */
export type Outcome = "passed" | "failed" | "error" | "skipped";

/** Returns how an instance ended; null where it never completed. */
export function outcomeOf(instance: InstanceRecord | null): Outcome {
  if (instance === null) return "error";
  if (instance.error !== null) return "error";
  if (isFailed(instance)) return "failed";
  return instance.passed === null ? "skipped" : "passed";
}

/** Names of test cases: each is given once in a scenario. */
export class CaseNames {
  readonly #given = new Set<string>();

  /** Its key or id; with its id where that was given before. */
  nameOf(scenario: string, key: string | null, instance_id: string): string {
    const name = key ?? instance_id;
    const id = JSON.stringify([scenario, name]);
    if (this.#given.has(id)) return `${name} (${instance_id})`;
    this.#given.add(id);
    return name;
  }
}

/** Returns the test case of an instance, with earlier attempts at it. */
export function caseOf(
  run: RunReader,
  group: InstanceGroup,
  earlier: readonly InstanceGroup[],
  names: CaseNames,
): JunitCase {
  const { instance_id, instance, start } = group;
  const known = instance ?? start;
  const outcome = outcomeOf(instance);
  const problems: JunitProblem[] = [];
  if (outcome === "failed" || outcome === "error") {
    problems.push(problemOf(group, outcome === "failed" ? "failure" : "error"));
  }
  const kind = outcome === "passed" ? "flaky" : "rerun";
  const byTime = [...earlier].sort((a, b) =>
    a.instance!.completed_at < b.instance!.completed_at ? -1 : 1
  );
  for (const attempt of byTime) {
    const isError = outcomeOf(attempt.instance) === "error";
    problems.push(
      problemOf(attempt, isError ? `${kind}Error` : `${kind}Failure`),
    );
  }
  const scenario = known?.scenario_id ?? "(unknown)";
  const correlation_id = currentAttempt(group);
  return {
    classname: scenario,
    name: names.nameOf(scenario, known?.instance_key ?? null, instance_id),
    seconds: (instance?.duration_ms ?? 0) / 1000,
    skipped: outcome === "skipped",
    problems,
    out: [
      `instance_id ${oneLine(instance_id)}`,
      `correlation_id ${oneLine(correlation_id ?? "unknown")}`,
      ...(problems.length === 0 ? [] : attachments(run, group)),
    ],
  };
}

function problemOf(
  group: InstanceGroup,
  element: JunitProblem["element"],
): JunitProblem {
  const { instance } = group;
  const { steps, assertions } = splitAttempts(group);
  const reasons = failureReasons(instance, steps, assertions);
  const [{ type, text }] = reasons as [(typeof reasons)[0]];
  const stack = instance?.error?.stack;
  return {
    element,
    type,
    message: text,
    text: [
      ...reasons.map(({ text }) => text),
      ...(typeof stack === "string" ? [stack] : []),
    ].join("\n"),
  };
}

/** The files of the steps that failed; of the last step where none did. */
function attachments(run: RunReader, group: InstanceGroup): string[] {
  const { steps, assertions } = splitAttempts(group);
  const failed = new Set(
    assertions.filter(({ passed }) => !passed)
      .map(({ step_index }) => step_index),
  );
  const isFailedStep = ({ step_index, observation }: StepRecord) =>
    failed.has(step_index) || observation.ok === false;
  const some = steps.filter(isFailedStep);
  const shown = some.length > 0 ? some : steps.slice(-1);
  return shown.flatMap(({ artifacts }) => artifacts)
    // A path with these would end the mark early.
    .filter((path) => !/[\]\r\n]/.test(path))
    .map((path) => `[[ATTACHMENT|${join(run.path, path)}]]`);
}

/** Ids of other writers may have any text: it must not start an attachment. */
function oneLine(text: string): string {
  return JSON.stringify(text).slice(1, -1).replaceAll("[[", "[ [");
}
