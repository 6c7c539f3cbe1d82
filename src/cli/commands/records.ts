/**
 * `wta steps`, `wta instances`, `wta assertions`: records as a table or as JSON.
 *
 * @module
 */
import {
  type AssertionRecord,
  errorText,
  findSteps,
  type InstanceRecord,
  instanceVerdict,
  openRun,
  type RunReader,
  type StepRecord,
} from "../../../mod.ts";
import { compactJson } from "../../json/preview.ts";
import type { Arguments, Option } from "../arguments.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { findRun } from "../find_run.ts";
import { verdictText } from "../instance_view.ts";
import { formatDuration } from "../terminal/format.ts";
import { type Column, Table } from "../terminal/table.ts";
import { dim, green, red, type Text } from "../terminal/text.ts";

const BY_TIME: Record<string, Option> = {
  since: { value: "time", about: "at or after this time, in UTC" },
  until: { value: "time", about: "before this time, in UTC" },
};
const INSTANCE_ID: Option = { value: "id", about: "with this instance id" };

/** `wta instances <run> [filters]` */
export const instances: Command = recordsCommand<InstanceRecord>(
  "instances",
  {
    "instance-id": INSTANCE_ID,
    "scenario-id": { value: "id", about: "with this scenario id" },
    passed: { value: "verdict", about: "true, false or null" },
    "has-error": {
      value: "boolean",
      about: "true: with an error; false: without",
    },
    ...BY_TIME,
  },
  (run, args) =>
    run.instances({
      instance_id: args.text("instance-id"),
      scenario_id: args.text("scenario-id"),
      passed: verdict(args),
      hasError: args.boolean("has-error"),
      since: args.time("since"),
      until: args.time("until"),
    }),
  [
    { title: "instance" },
    { title: "scenario", shrinks: true },
    { title: "verdict" },
    { title: "completed", dropPriority: 2 },
    { title: "duration", align: "right" },
    { title: "error", shrinks: true },
    { title: "input", shrinks: true, dropPriority: 1 },
  ],
  (record) => [
    record.instance_id,
    record.scenario_id,
    verdictText(instanceVerdict(record)),
    clock(record.completed_at),
    formatDuration(record.duration_ms),
    record.error === null ? "" : red(errorText(record.error)),
    dim(compactJson(record.entry_data)),
  ],
  ["wta instances latest --passed false"],
);

/** `wta steps <run> [filters]` */
export const steps: Command = recordsCommand<StepRecord>(
  "steps",
  {
    "instance-id": INSTANCE_ID,
    "step-name": { value: "name", about: "with this name" },
    "step-type": { value: "type", about: "with this type" },
    ok: { value: "boolean", about: "with this ok in the observation" },
    "has-error": {
      value: "boolean",
      about: "true: with errors; false: without",
    },
    status: { value: "code", about: "with this status: 502, or 5xx" },
    text: { value: "text", about: "with this text in a name or a value" },
    sort: { value: "by", about: "latency: the slowest first, 20 of them" },
    ...BY_TIME,
  },
  (run, args) =>
    findSteps(run, {
      filter: {
        instance_id: args.text("instance-id"),
        step_name: args.text("step-name"),
        step_type: args.text("step-type"),
        ok: args.boolean("ok"),
        hasError: args.boolean("has-error"),
        since: args.time("since"),
        until: args.time("until"),
      },
      status: args.formed("status", /^[1-9](?:\d\d|xx)$/, "502 or 5xx"),
      text: args.text("text"),
      sort: args.choice("sort", ["latency"]),
      limit: args.count("limit", 1),
    }),
  [
    { title: "instance" },
    { title: "step", align: "right" },
    { title: "name", shrinks: true },
    { title: "type", shrinks: true, dropPriority: 2 },
    { title: "ended", dropPriority: 1 },
    { title: "status", align: "right" },
    { title: "latency", align: "right" },
    { title: "body", shrinks: true },
  ],
  ({ observation, ...record }) => {
    const { ok, status_code, latency_ms, body, errors = [] } = observation;
    const status = String(status_code ?? "-");
    return [
      record.instance_id,
      String(record.step_index),
      record.step_name,
      record.step_type,
      clock(record.timestamp),
      ok === false ? red(status) : status,
      typeof latency_ms === "number" ? formatDuration(latency_ms) : "-",
      errors.length > 0 ? red(compactJson(errors)) : dim(compactJson(body)),
    ];
  },
  [
    "wta steps latest --sort latency --limit 5",
    "wta steps latest --status 5xx --text upstream",
  ],
);

/** `wta assertions <run> [filters]` */
export const assertions: Command = recordsCommand<AssertionRecord>(
  "assertions",
  {
    "instance-id": INSTANCE_ID,
    "step-index": { value: "index", about: "on the step with this step_index" },
    "assertion-name": { value: "name", about: "with this name" },
    passed: { value: "verdict", about: "true or false" },
    ...BY_TIME,
  },
  (run, args) =>
    run.assertions({
      instance_id: args.text("instance-id"),
      step_index: args.count("step-index", 0),
      assertion_name: args.text("assertion-name"),
      passed: args.boolean("passed"),
      since: args.time("since"),
      until: args.time("until"),
    }),
  [
    { title: "instance" },
    { title: "step", align: "right" },
    { title: "assertion", shrinks: true },
    { title: "verdict" },
    { title: "expected", shrinks: true },
    { title: "actual", shrinks: true },
    { title: "message", shrinks: true, dropPriority: 1 },
  ],
  (record) => [
    record.instance_id,
    record.step_index === null ? "-" : String(record.step_index),
    record.assertion_name,
    record.passed ? green("passed") : red("failed"),
    compactJson(record.expected),
    record.passed
      ? compactJson(record.actual)
      : red(compactJson(record.actual)),
    dim(record.message),
  ],
  ["wta assertions latest --passed false --limit 3"],
);

function recordsCommand<R>(
  name: string,
  filters: Record<string, Option>,
  open: (run: RunReader, args: Arguments) => AsyncIterable<R>,
  columns: Column[],
  cellsOf: (record: R) => Text[],
  examples: readonly string[],
): Command {
  return {
    name,
    positionals: ["<run>"],
    about: `The ${name}: a table, or JSON lines in a pipe`,
    examples,
    options: {
      ...filters,
      limit: { value: "n", about: "at most this many" },
      json: { about: "JSON lines on a terminal too" },
    },

    async run(args, { out, progress, dir }) {
      const limit = args.count("limit", 1) ?? Infinity;
      const asJson = args.flag("json") || !out.isTerminal;
      const table = new Table(out, columns);
      const run = await openRun((await findRun(args.positional(0), dir)).path);
      const records = open(run, args);
      await progress.during("reading", undefined, async () => {
        let written = 0;
        for await (const record of records) {
          if (asJson) out.json(record);
          else table.row(cellsOf(record));
          if (out.isFull) await out.flush();
          if (++written === limit) break;
        }
      });
      if (!asJson) table.end();
      return EXIT.good;
    },
  };
}

function verdict(args: Arguments): boolean | null | undefined {
  const text = args.choice("passed", ["true", "false", "null"]);
  return text === undefined ? undefined : JSON.parse(text);
}

/** `10:30:00.123`, without the date. */
function clock(timestamp: string): string {
  return timestamp.slice(11, 23);
}
