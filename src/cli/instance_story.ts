/**
 * One instance as a story: what it was given, each step, what broke.
 *
 * @module
 */
import { errorText } from "../format/records.ts";
import { compactJson, shorten } from "../json/preview.ts";
import type { ArtifactFile, InstanceTrace, RunReader } from "../read/mod.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  StepRecord,
} from "../format/records.ts";
import { isFailed } from "../analyze/internal.ts";
import {
  headerLines,
  jsonLine,
  jsonLines,
  type Message,
  requestOf,
  responseOf,
} from "./exchange.ts";
import { formatDuration, formatTime, pluralize } from "./terminal/format.ts";
import type { Screen } from "./terminal/screen.ts";
import { pad } from "./terminal/render.ts";
import { bold, dim, green, red, type Text, yellow } from "./terminal/text.ts";
import { spanOf, spanOfAll, timingBar } from "./timing_bar.ts";

const BAR_COLUMNS = 20;
const LABEL_COLUMNS = 10;
const STEPS_SHOWN_MAX = 40;
/** Of an error, and of a request or a response of the step that broke. */
const BROKEN_LINES_MAX = 16;
const ERROR_LINE_LENGTH_MAX = 1000;

/** How much of a request or response is told. */
type Detail = "line" | "lines" | "full";

/** How {@linkcode writeStory} tells it. */
export interface StoryOptions {
  /** Bodies, headers and steps in full. */
  full: boolean;
}

/** What the instance is; known before its steps are found. */
export function writeStoryHeader(
  screen: Screen,
  instance_id: string,
  instance: InstanceRecord | null,
  run: RunReader,
  { full }: StoryOptions,
): void {
  if (!instance) {
    screen.line([
      bold(instance_id),
      "  ",
      yellow(run.state === "running" ? "under way" : "never completed"),
    ]);
    if (run.state !== "running") {
      screen.line(dim("The run ended while it was under way"));
    }
    return;
  }
  const { scenario_id, started_at, duration_ms, passed, error } = instance;
  const verdict = isFailed(instance)
    ? red(passed === false ? "failed" : "error")
    : passed
    ? green("passed")
    : yellow("no verdict");
  const line = (text: Text) => full ? screen.line(text) : screen.cutLine(text);
  line([
    bold(instance_id),
    "  ",
    verdict,
    `  ${scenario_id}, ${formatDuration(duration_ms)}, started ${
      formatTime(started_at)
    }`,
  ]);
  if (error !== null) writeError(screen, errorText(error), full);
  for (const text of entriesOf(instance)) line(text);
}

/** The steps, and what was asserted of each and of the whole. */
export async function writeStory(
  screen: Screen,
  trace: InstanceTrace,
  { full }: StoryOptions,
): Promise<void> {
  const { steps, assertions, abandoned } = trace;
  const line = (text: Text) => full ? screen.line(text) : screen.cutLine(text);
  const whole = steps.length > 0 ? spanOfAll(steps.map(spanOf)) : undefined;
  const names = steps.reduce(
    (longest, { step_name }) => Math.max(longest, step_name.length),
    0,
  );
  const assertionsOf = new Map<number | null, AssertionRecord[]>();
  for (const assertion of assertions) {
    const { step_index } = assertion;
    const others = assertionsOf.get(step_index);
    if (others) others.push(assertion);
    else assertionsOf.set(step_index, [assertion]);
  }
  const files = new Map(trace.artifacts.map((file) => [file.path, file]));
  let leftOut = 0;
  for (const [i, step] of steps.entries()) {
    const own = assertionsOf.get(step.step_index) ?? [];
    assertionsOf.delete(step.step_index);
    const isLast = i === steps.length - 1;
    const isBroken = own.some(({ passed }) => !passed) ||
      step.observation.ok === false ||
      (isLast && typeof trace.instance?.error === "string");
    // Of very many, what failed and how it ended still show.
    if (!full && i >= STEPS_SHOWN_MAX && !isLast && !isBroken) {
      leftOut++;
      continue;
    }
    screen.line();
    line([
      bold(`${String(step.step_index).padStart(2)}  `),
      pad(bold(step.step_name), Math.min(names, 24), "left", screen.style),
      "  ",
      timingBar(spanOf(step), whole!, BAR_COLUMNS),
      "  ",
      latencyOf(step),
    ]);
    const detail = full ? "full" : isBroken ? "lines" : "line";
    for (const text of await exchangeOf(step, files, detail)) line(text);
    for (const error of step.observation.errors ?? []) {
      writeError(screen, textOf(error), full);
    }
    writeAssertions(screen, line, own);
    if (screen.isFull) await screen.flush();
  }
  if (leftOut > 0) {
    screen.line();
    screen.line(
      dim(`${pluralize(leftOut, "steps")} left out: --full shows them`),
    );
  }
  // What is left belongs to no step that was recorded.
  for (const [step_index, others] of assertionsOf) {
    screen.line();
    screen.line(
      step_index === null
        ? bold("as a whole")
        : [bold(`${String(step_index).padStart(2)}  `), dim("not recorded")],
    );
    writeAssertions(screen, line, others);
  }
  const before = abandoned.steps.length + abandoned.assertions.length;
  if (before > 0) {
    screen.line();
    screen.line(
      dim(
        `${
          pluralize(before, "records")
        } of an attempt before, which was interrupted`,
      ),
    );
  }
}

/** A line with its label before it. */
export function labelled(label: string, text: Text): Text {
  return ["    ", dim(label.padEnd(LABEL_COLUMNS)), " ", text];
}

function entriesOf({ entry_data }: InstanceRecord): Text[] {
  return Object.keys(entry_data).length === 0
    ? []
    : [labelled("given", compactJson(entry_data, 1000))];
}

function latencyOf({ observation: { latency_ms, ok } }: StepRecord): Text {
  const shown = typeof latency_ms === "number"
    ? formatDuration(latency_ms)
    : "";
  return ok === false ? red(shown || "not ok") : shown;
}

async function exchangeOf(
  step: StepRecord,
  files: ReadonlyMap<string, ArtifactFile>,
  detail: Detail,
): Promise<Text[]> {
  const full = detail === "full";
  const [request, response] = [
    await requestOf(step, files, full),
    await responseOf(step, files, full),
  ];
  return [
    ...messageLines("sent", request, detail),
    ...messageLines("came back", response, detail),
  ];
}

function messageLines(
  label: string,
  message: Message | undefined,
  detail: Detail,
): Text[] {
  if (!message) return [];
  const { title, headers, body } = message;
  if (detail === "line") {
    const line = body == null ? "" : jsonLine(body);
    return [labelled(label, `${title} ${line}`.trim())];
  }
  const lines = [
    ...(title === "" ? [] : [title]),
    ...(detail === "full" && headers != null ? headerLines(headers) : []),
    ...(body == null ? [] : jsonLines(body)),
  ];
  const shown = detail === "full" ? lines : lines.slice(0, BROKEN_LINES_MAX);
  const leftOut = lines.length - shown.length;
  return [
    ...shown.map((line, i) => labelled(i === 0 ? label : "", line)),
    ...(leftOut > 0
      ? [labelled("", dim(`… ${pluralize(leftOut, "lines")} more: --full`))]
      : []),
  ];
}

/** Not cut at the edge of the terminal either; a stack may be long, though. */
function writeError(screen: Screen, error: string, full: boolean): void {
  const lines = error.trimEnd().split("\n");
  const shown = full ? lines : lines.slice(0, BROKEN_LINES_MAX);
  for (const [i, text] of shown.entries()) {
    const fitting = full ? text : shorten(text, ERROR_LINE_LENGTH_MAX);
    screen.line(labelled(i === 0 ? "error" : "", red(fitting)));
  }
  const leftOut = lines.length - shown.length;
  if (leftOut > 0) {
    screen.line(
      labelled("", dim(`… ${pluralize(leftOut, "lines")} more: --full`)),
    );
  }
}

/** What broke is never cut at the edge of the terminal; only where it is long. */
function writeAssertions(
  screen: Screen,
  line: (text: Text) => void,
  assertions: readonly AssertionRecord[],
): void {
  const passed = assertions.filter(({ passed }) => passed);
  if (passed.length > 0) {
    const names = passed.map(({ assertion_name }) => assertion_name).join(", ");
    line(labelled("held", [green("✓ "), names]));
  }
  for (const assertion of assertions) {
    if (assertion.passed) continue;
    const { assertion_name, expected, actual, message } = assertion;
    screen.line(labelled("broke", red(`✗ ${assertion_name}`)));
    screen.line(labelled("", `expected  ${compactJson(expected, 1000)}`));
    screen.line(labelled("", `actual    ${compactJson(actual, 1000)}`));
    if (message !== "") screen.line(labelled("", dim(message)));
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
