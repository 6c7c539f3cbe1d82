/**
 * Writes one instance: its input, each step, and what failed.
 *
 * @module
 */
import {
  type AssertionRecord,
  type InstanceRecord,
  type InstanceTimeline,
  type InstanceVerdict,
  instanceVerdict,
  readStepMessages,
  type RunReader,
  type StartRecord,
  type StepRecord,
  type TimelineStep,
} from "../../mod.ts";
import { compactJson, shorten } from "../json/preview.ts";
import { errorLines } from "./error_lines.ts";
import {
  FAILED_STEP_LINES_MAX,
  labelled,
  messagesLines,
  moreLines,
  ownFieldsLines,
} from "./step_messages_view.ts";
import { formatDuration, formatTime, pluralize } from "./terminal/format.ts";
import type { Screen } from "./terminal/screen.ts";
import { pad } from "./terminal/render.ts";
import { bold, dim, green, red, type Text, yellow } from "./terminal/text.ts";

const BAR_COLUMNS = 20;
const STEP_NAME_COLUMNS_MAX = 24;
const STEPS_SHOWN_MAX = 40;
const VALUE_LENGTH_MAX = 1000;
/** Larger files are read only with `--full`. */
const FILE_BYTES_MAX = 256 * 1024;

/** How an instance is written. */
export interface InstanceViewOptions {
  /** Bodies, headers and steps in full. */
  full: boolean;
}

/** A verdict in its color. */
export function verdictText(verdict: InstanceVerdict): Text {
  switch (verdict) {
    case "passed":
      return green(verdict);
    case "failed":
    case "error":
      return red(verdict);
    case "none":
    case "incomplete":
      return yellow(verdict);
  }
}

/** Writes the verdict, scenario, error and input of an instance. */
export function writeInstanceHeader(
  screen: Screen,
  instance_id: string,
  instance: InstanceRecord | null,
  start: StartRecord | null,
  run: RunReader,
  { full }: InstanceViewOptions,
): void {
  const cutUnlessFull = (text: Text) =>
    full ? screen.line(text) : screen.cutLine(text);
  const started = instance ?? start;
  const verdict = instance
    ? verdictText(instanceVerdict(instance))
    : yellow(run.state === "running" ? "in flight" : "never completed");
  const facts = [
    ...(started ? [started.scenario_id] : []),
    ...(instance ? [formatDuration(instance.duration_ms)] : []),
    ...(started ? [`started ${formatTime(started.started_at)}`] : []),
  ].join(", ");
  cutUnlessFull([bold(instance_id), "  ", verdict, `  ${facts}`]);
  if (!instance && run.state !== "running") {
    screen.line(dim("The run ended before the instance completed"));
  }
  if (started && started.retry_of !== null) {
    screen.line(labelled("retry of", started.retry_of));
  }
  if (instance?.error) writeError(screen, errorLines(instance.error), full);
  if (started && Object.keys(started.entry_data).length > 0) {
    const input = compactJson(started.entry_data, VALUE_LENGTH_MAX);
    cutUnlessFull(labelled("input", input));
  }
}

/** Writes the steps and the assertions of an instance. */
export async function writeTimeline(
  screen: Screen,
  timeline: InstanceTimeline,
  { full }: InstanceViewOptions,
): Promise<void> {
  const { steps, durationMs } = timeline;
  const nameLengthMax = steps.reduce(
    (longest, { record }) => Math.max(longest, record.step_name.length),
    0,
  );
  const nameColumns = Math.min(STEP_NAME_COLUMNS_MAX, nameLengthMax);
  let leftOut = 0;
  for (const [i, step] of steps.entries()) {
    // Of a long instance the failed steps and the last one are always shown.
    const isLast = i === steps.length - 1;
    if (!full && i >= STEPS_SHOWN_MAX && !isLast && !step.isFailed) {
      leftOut++;
      continue;
    }
    screen.line();
    await writeStep(screen, step, { full, nameColumns, durationMs });
    if (screen.isFull) await screen.flush();
  }
  if (leftOut > 0) {
    screen.line();
    screen.line(dim(`${pluralize(leftOut, "steps")} not shown: --full`));
  }
  for (const { step_index, assertions } of timeline.unrecordedSteps) {
    screen.line();
    screen.line([bold(indexText(step_index)), dim("not recorded")]);
    writeAssertions(screen, assertions, full);
  }
  if (timeline.assertions.length > 0) {
    screen.line();
    screen.line(bold("whole instance"));
    writeAssertions(screen, timeline.assertions, full);
  }
  if (timeline.abandonedCount > 0) {
    const records = pluralize(timeline.abandonedCount, "records");
    screen.line();
    screen.line(dim(`${records} of an interrupted attempt not shown`));
  }
}

async function writeStep(
  screen: Screen,
  step: TimelineStep,
  { full, nameColumns, durationMs }: {
    full: boolean;
    nameColumns: number;
    durationMs: number;
  },
): Promise<void> {
  const { record, isFailed, assertions } = step;
  const cutUnlessFull = (text: Text) =>
    full ? screen.line(text) : screen.cutLine(text);
  cutUnlessFull([
    bold(indexText(record.step_index)),
    pad(bold(record.step_name), nameColumns, "left", screen.style),
    "  ",
    timingBar(step, durationMs),
    "  ",
    latencyText(record),
  ]);
  const messages = await readStepMessages(
    step,
    full ? {} : { fileBytesMax: FILE_BYTES_MAX },
  );
  const detail = full ? "full" : isFailed ? "lines" : "line";
  for (const text of messagesLines(step, messages, detail)) cutUnlessFull(text);
  for (const text of ownFieldsLines(record.observation, detail)) {
    cutUnlessFull(text);
  }
  for (const error of record.observation.errors ?? []) {
    writeError(screen, errorLines(error), full);
  }
  writeAssertions(screen, assertions, full);
}

function indexText(step_index: number): string {
  return `${String(step_index).padStart(2)}  `;
}

/** `░░░███░░`: when a step took place, at least one column wide. */
function timingBar(
  { startMs, endMs }: TimelineStep,
  durationMs: number,
): string {
  const columnOf = (timeMs: number) =>
    timeMs / Math.max(durationMs, 1e-3) * BAR_COLUMNS;
  const start = Math.min(BAR_COLUMNS - 1, Math.floor(columnOf(startMs)));
  const end = Math.min(
    BAR_COLUMNS,
    Math.max(start + 1, Math.round(columnOf(endMs))),
  );
  return "░".repeat(start) + "█".repeat(end - start) +
    "░".repeat(BAR_COLUMNS - end);
}

function latencyText({ observation: { latency_ms, ok } }: StepRecord): Text {
  const shown = typeof latency_ms === "number"
    ? formatDuration(latency_ms)
    : "";
  return ok === false ? red(shown || "not ok") : shown;
}

/** Writes an error. Its lines are not cut by the width of the terminal. */
function writeError(
  screen: Screen,
  lines: readonly string[],
  full: boolean,
): void {
  const shown = full ? lines : lines.slice(0, FAILED_STEP_LINES_MAX);
  for (const [i, text] of shown.entries()) {
    const shortened = full ? text : shorten(text, VALUE_LENGTH_MAX);
    screen.line(labelled(i === 0 ? "error" : "", red(shortened)));
  }
  for (const text of moreLines(lines.length - shown.length)) screen.line(text);
}

/** Writes assertions. Failed ones are not cut by the width of the terminal. */
function writeAssertions(
  screen: Screen,
  assertions: readonly AssertionRecord[],
  full: boolean,
): void {
  const passed = assertions.filter(({ passed }) => passed);
  if (passed.length > 0) {
    const names = passed.map(({ assertion_name }) => assertion_name).join(", ");
    const text = labelled("passed", [green("✓ "), names]);
    if (full) screen.line(text);
    else screen.cutLine(text);
  }
  for (const assertion of assertions) {
    if (assertion.passed) continue;
    const { assertion_name, expected, actual, message } = assertion;
    const valueText = (value: AssertionRecord["actual"]) =>
      compactJson(value, VALUE_LENGTH_MAX);
    screen.line(labelled("failed", red(`✗ ${assertion_name}`)));
    screen.line(labelled("", `expected  ${valueText(expected)}`));
    screen.line(labelled("", `actual    ${valueText(actual)}`));
    if (message !== "") screen.line(labelled("", dim(message)));
  }
}
