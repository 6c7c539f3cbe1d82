/**
 * `wta show`: a run on one screen.
 *
 * @module
 */
import { compactJson } from "../../json/preview.ts";
import { openRun, type RunReader } from "../../read/mod.ts";
import {
  type Failures,
  type Histogram,
  type InFlight,
} from "../../analyze/internal.ts";
import type { Summary } from "../../format/records.ts";
import type { RunTotals } from "../../format/tally.ts";
import { readDigest } from "../read_digest.ts";
import type { Command, Context } from "../command.ts";
import { FAIL_ON, failOnCode, failOnOf } from "../fail_on.ts";
import { findRun } from "../find_run.ts";
import {
  formatDuration,
  formatInteger,
  pluralize,
} from "../terminal/format.ts";
import { writeRunHeader } from "../run_header.ts";
import { commandLine, sameDir } from "../shell.ts";
import { Table } from "../terminal/table.ts";
import { bold, dim, red } from "../terminal/text.ts";
import { countsOf, writeScenarios } from "../totals.ts";

const CAUSES_SHOWN = 8;
const HISTOGRAM_COLUMNS = 48;

/** `wta show <run>` */
export const show: Command = {
  name: "show",
  positionals: ["<run>"],
  about: "One run on one screen: totals, why instances failed",
  options: FAIL_ON,

  async run(args, context) {
    const { out, progress, dir } = context;
    const failOn = failOnOf(args);
    const { path, name } = await findRun(args.positional(0), dir);
    const run = await openRun(path);
    writeRunHeader(out, run, name, dir);
    out.line();
    // What is known is shown before the long way through the files.
    if (run.summary) writeScenarios(out, run.summary);
    await out.flush();
    const { totals, latencies, failures, inFlight } = await readDigest(
      run,
      progress,
    );
    if (!run.summary) writeScenarios(out, totals);
    else if (!agree(run.summary, totals)) {
      out.line();
      out.line(red("The summary does not tell what the lines tell"));
      const line = commandLine("verify", name, ...sameDir(dir));
      out.line(`See what differs: ${line}`);
    }
    out.line();
    const [steps, ...rest] = countsOf(run.summary ?? totals);
    out.line(steps);
    writeHistogram(context, latencies);
    for (const line of rest) out.line(line);
    writeCauses(context, failures);
    writeInFlight(context, inFlight, run);
    writeNext(context, failures, inFlight, name);
    return failOnCode(failOn, run, totals);
  },
};

/** Whether what is shown above is true; the quantiles may be estimates. */
function agree(summary: Summary, totals: RunTotals): boolean {
  const keys = [
    "total_instances",
    "pass_count",
    "fail_count",
    "error_count",
    "total_steps",
    "total_assertions",
    "assertions_failed",
  ] as const;
  return keys.every((key) => summary[key] === totals[key]);
}

function writeHistogram({ out }: Context, latencies: Histogram): void {
  const { range } = latencies;
  if (!range) return;
  const { least, greatest } = range;
  out.line([
    dim(`${formatDuration(least)} `),
    latencies.draw(HISTOGRAM_COLUMNS),
    dim(` ${formatDuration(greatest)}`),
  ]);
}

function writeCauses({ out }: Context, failures: Failures): void {
  if (failures.total === 0) return;
  const causes = failures.causes();
  out.line();
  out.line(bold(`${pluralize(failures.total, "instances")} failed, by cause`));
  const table = new Table(out, [
    { title: "count", align: "right" },
    { title: "scenario", shrinks: true },
    { title: "step", shrinks: true },
    { title: "status", align: "right", dropPriority: 1 },
    { title: "assertion", shrinks: true },
    { title: "for example" },
    { title: "what it says", overflowBelow: true },
  ]);
  const shown = causes.slice(0, CAUSES_SHOWN);
  for (const { count, example } of shown) {
    table.row([
      formatInteger(count),
      example.scenario_id,
      example.step_name ?? "-",
      String(example.status_code ?? "-"),
      example.assertion_name ?? "-",
      example.instance_id,
      red(example.reason),
    ]);
  }
  table.end();
  const told = shown.reduce((sum, { count }) => sum + count, 0);
  if (told < failures.total) {
    out.line(
      dim(`${formatInteger(failures.total - told)} more, of other causes`),
    );
  }
}

/** Where a run breaks off, what it was at is the first to be suspected. */
function writeInFlight(
  { out }: Context,
  inFlight: InFlight,
  { state }: RunReader,
): void {
  if (inFlight.total === 0) return;
  const what = state === "running" ? "under way" : "never completed";
  out.line();
  out.line(bold(`${pluralize(inFlight.total, "instances")} ${what}`));
  const table = new Table(out, [
    { title: "instance" },
    { title: "last step", shrinks: true },
    { title: "status", align: "right" },
    { title: "what it says", overflowBelow: true },
  ]);
  const shown = inFlight.list();
  for (const { instance_id, lastStep } of shown) {
    const { status_code, ok, errors = [] } = lastStep?.observation ?? {};
    const status = String(status_code ?? "-");
    table.row([
      instance_id,
      lastStep?.step_name ?? "-",
      ok === false ? red(status) : status,
      errors.length === 0 ? "" : red(compactJson(errors)),
    ]);
  }
  table.end();
  const more = inFlight.total - shown.length;
  if (more > 0) out.line(dim(`${formatInteger(more)} more`));
}

function writeNext(
  { out, dir }: Context,
  failures: Failures,
  inFlight: InFlight,
  name: string,
): void {
  const example = failures.causes()[0]?.example ?? inFlight.list()[0];
  if (!example) return;
  const same = sameDir(dir);
  out.line();
  if (failures.total > 0) {
    out.line([dim("all   "), commandLine("failures", name, ...same)]);
  }
  const one = commandLine("instance", name, example.instance_id, ...same);
  out.line([dim("one   "), one]);
}
