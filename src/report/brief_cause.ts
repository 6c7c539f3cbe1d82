/**
 * One cause of failures, with an example, for a brief.
 *
 * @module
 */
import {
  diffInstances,
  type FailureCause,
  type InstanceDiff,
  instanceTimeline,
  readStepMessages,
  type StepDiff,
} from "../analyze/mod.ts";
import { ArtifactError } from "../errors.ts";
import type { AssertionRecord } from "../format/records.ts";
import type { Difference } from "../json/diff.ts";
import { joinPath } from "../json/path.ts";
import type { JsonValue } from "../json/value.ts";
import type { RunReader } from "../read/mod.ts";
import { briefName, briefText, briefValue } from "./brief_text.ts";

const DIFFERENCES_MAX = 5;
const FIELDS_MAX = 3;
const FILE_BYTES_MAX = 4 * 1024 * 1024;
/** What differs between any two instances, as ids do. */
const IDS = /^(?:[a-z]+[-_])?[0-9a-f-]{8,}$|^[a-z]+[-_]\d+$/i;

/** Returns the lines on a cause: what is recorded of its first example. */
export async function causeLines(
  run: RunReader,
  cause: FailureCause,
): Promise<string[]> {
  const example = cause.examples[0]!;
  const lines = [
    `scenarios: ${cause.scenarios.slice(0, 5).map(briefName).join(", ")}`,
    `step: ${briefName(cause.step_name)}`,
    `assertion: ${briefName(cause.assertion_name)}`,
    `reason: ${briefText(cause.reason)}`,
    `example: ${briefName(example)}`,
  ];
  const failed = await failedAssertion(run, example);
  if (failed) {
    const { record, fields } = failed;
    lines.push(
      `expected: ${briefValue(record.expected)}`,
      `actual: ${briefValue(record.actual)}`,
    );
    if (fields.length > 0) {
      lines.push(
        `the actual value stands at: ${fields.map(briefName).join(", ")}`,
      );
    }
  }
  const diff = await diffOf(run, example);
  if (!diff) return [...lines, "no instance of its scenario passed"];
  const usual = await usualDifferences(run, diff.otherInstanceId);
  const unusual = (step: StepDiff) =>
    (step.values?.differences ?? []).filter((difference) =>
      !usual.has(placeOf(step, difference)) && !isOfIds(difference)
    );
  const shown = diff.steps.find((step) => step.isFailed) ??
    diff.steps.find((step) => unusual(step).length > 0);
  const earlier = diff.steps.find((step) =>
    step !== shown && unusual(step).length > 0 &&
    (step.step_index ?? Infinity) < (shown?.step_index ?? Infinity)
  );
  for (const step of [earlier, shown]) {
    if (!step) continue;
    const some = unusual(step);
    const rest = (step.values?.differences ?? [])
      .filter((difference) =>
        !some.includes(difference) && !isOfIds(difference)
      );
    const differences = [...some, ...rest].slice(0, DIFFERENCES_MAX);
    if (differences.length === 0) continue;
    lines.push(
      `step ${briefName(step.step_name)}, in ${
        briefName(diff.otherInstanceId)
      } which passed → here:`,
      ...differences.map(({ path, recorded, actual }) =>
        `  ${briefName(path)}: ${briefValue(recorded)} → ${briefValue(actual)}`
      ),
    );
  }
  return lines;
}

/** The first assertion that failed, and where its actual value stands. */
async function failedAssertion(
  run: RunReader,
  instance_id: string,
): Promise<{ record: AssertionRecord; fields: string[] } | undefined> {
  const trace = await run.instance(instance_id);
  const record = trace.assertions.find(({ passed }) => !passed);
  if (!record) return undefined;
  const step = instanceTimeline(trace).steps.find((step) =>
    step.record.step_index === record.step_index
  );
  if (!step) return { record, fields: [] };
  const { response } = await readStepMessages(step, {
    fileBytesMax: FILE_BYTES_MAX,
  });
  const fields: string[] = [];
  if (record.actual !== null) {
    const { status_code = null, body = null } = response ?? {};
    findValue({ status_code, body }, record.actual, "", fields);
  }
  return { record, fields };
}

function findValue(
  value: JsonValue,
  wanted: JsonValue,
  path: string,
  found: string[],
): void {
  if (found.length >= FIELDS_MAX) return;
  if (path !== "" && JSON.stringify(value) === JSON.stringify(wanted)) {
    found.push(path);
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : joinPath(path, key);
    findValue(member as JsonValue, wanted, at, found);
  }
}

/** Undefined where no instance of the scenario passed. */
async function diffOf(
  run: RunReader,
  instance_id: string,
  otherInstanceId?: string,
): Promise<InstanceDiff | undefined> {
  try {
    return await diffInstances(run, instance_id, otherInstanceId);
  } catch (error) {
    const isNone = error instanceof ArtifactError &&
      error.code === "INSTANCE_NOT_FOUND";
    if (isNone) return undefined;
    throw error;
  }
}

/** Places in which two instances that passed differ: they explain no failure. */
async function usualDifferences(
  run: RunReader,
  passed: string,
): Promise<ReadonlySet<string>> {
  const diff = await diffOf(run, passed);
  return new Set(
    (diff?.steps ?? []).flatMap((step) =>
      (step.values?.differences ?? []).map((it) => placeOf(step, it))
    ),
  );
}

function placeOf({ step_name }: StepDiff, { path }: Difference): string {
  return JSON.stringify([step_name, path.replaceAll(/\[\d+\]/g, "[*]")]);
}

function isOfIds({ recorded, actual }: Difference): boolean {
  return typeof recorded === "string" && typeof actual === "string" &&
    IDS.test(recorded) && IDS.test(actual);
}
