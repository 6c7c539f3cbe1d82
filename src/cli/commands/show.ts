/**
 * `wta show`: one run on one screen.
 *
 * @module
 */
import {
  type Failures,
  type InFlight,
  type RunAnalysis,
  type RunReader,
  type RunTotals,
  type StepStatistics,
  stepStatistics,
  type Summary,
} from "../../../mod.ts";
import { compactJson } from "../../json/preview.ts";
import { commandLine, dirOptions } from "../advice.ts";
import type { Command, Context } from "../command.ts";
import { openDamaged } from "../damaged_run.ts";
import { EXIT } from "../exit_codes.ts";
import { FAIL_ON, failOnCode, failOnOf } from "../fail_on.ts";
import { findRun } from "../find_run.ts";
import { histogramText } from "../histogram.ts";
import { readAnalysis, writeUnread } from "../read_analysis.ts";
import { stateName, writeRunHeader } from "../run_header.ts";
import { writeStepTable } from "../step_table.ts";
import {
  formatDuration,
  formatInteger,
  formatNames,
  pluralize,
} from "../terminal/format.ts";
import { Table } from "../terminal/table.ts";
import { bold, dim, red } from "../terminal/text.ts";
import { countsOf, retriesOf, writeScenarios } from "../totals.ts";

const CAUSES_SHOWN = 8;
const IN_FLIGHT_SHOWN = 8;
const HISTOGRAM_COLUMNS = 48;

/** `wta show <run>` */
export const show: Command = {
  name: "show",
  positionals: ["<run>"],
  about: "One run on one screen: totals, why instances failed",
  examples: [
    "wta show latest",
    "wta show latest --steps",
    "wta show latest --fail-on failures,incomplete",
  ],
  options: {
    steps: { about: "also the steps by name: count, not ok, p50, p95, max" },
    json: { about: "all of it as one line of JSON" },
    ...FAIL_ON,
  },

  async run(args, context) {
    const { out, progress, dir } = context;
    const failOn = failOnOf(args);
    const { path, name } = await findRun(args.positional(0), dir);
    const { run, damage } = await openDamaged(path);
    const exitCode = (totals: RunTotals) => {
      const code = failOnCode(failOn, run, totals);
      return damage.isFound && code === EXIT.good ? EXIT.failed : code;
    };
    if (args.flag("json")) {
      const analysis = await readAnalysis(run, progress);
      const steps = args.flag("steps") ? await readSteps(run, context) : null;
      out.json({
        run_id: run.run_id,
        path,
        state: stateName(run),
        manifest: run.manifest,
        summary: run.summary,
        analysis,
        steps,
        damage: damage.messages,
      });
      return exitCode(analysis.totals);
    }
    writeRunHeader(out, run, name, dir, damage.isIn("summary.json"));
    out.line();
    // The summary is shown before the records are read, which may take long.
    if (run.summary) writeScenarios(out, run.summary);
    await out.flush();
    const analysis = await readAnalysis(run, progress);
    const { totals, failures, inFlight } = analysis;
    if (!run.summary) writeScenarios(out, totals);
    else if (!summaryMatches(run.summary, totals)) {
      out.line();
      out.line(red("The summary does not match the records"));
      const line = commandLine("verify", name, ...dirOptions(dir));
      out.line(`List the differences: ${line}`);
    }
    out.line();
    const shownTotals = run.summary ?? totals;
    const [steps, latencies, ...rest] = countsOf(shownTotals);
    out.line(steps);
    out.line(latencies);
    writeLatencies(context, analysis);
    rest.push(...retriesOf(analysis.instancesRetried, shownTotals));
    for (const line of rest) out.line(line);
    if (args.flag("steps")) {
      out.line();
      writeStepTable(out, await readSteps(run, context));
    }
    writeCauses(context, analysis);
    writeInFlight(context, inFlight, run);
    writeNextCommands(context, failures, inFlight, name);
    writeUnread(out, analysis, name, dir);
    damage.write(out, name, dir);
    return exitCode(totals);
  },
};

async function readSteps(
  run: RunReader,
  { progress }: Context,
): Promise<StepStatistics[]> {
  return await progress.during(
    "counting steps",
    run.summary?.total_steps,
    () => stepStatistics(run, { onRecord: () => progress.advance() }),
  );
}

/** Compares all but the percentiles, which may be estimates. */
function summaryMatches(summary: Summary, totals: RunTotals): boolean {
  const keys = [
    "total_instances",
    "pass_count",
    "fail_count",
    "skip_count",
    "error_count",
    "flaky_count",
    "total_steps",
    "failed_steps",
    "total_assertions",
    "assertions_failed",
  ] as const;
  return keys.every((key) => summary[key] === totals[key]);
}

function writeLatencies({ out }: Context, { latencies }: RunAnalysis): void {
  const { leastMs, greatestMs, histogram } = latencies;
  if (leastMs === null || greatestMs === null) return;
  out.line([
    dim(`${formatDuration(leastMs)} `),
    histogramText(histogram, HISTOGRAM_COLUMNS),
    dim(` ${formatDuration(greatestMs)}`),
  ]);
}

function writeCauses({ out }: Context, { failures }: RunAnalysis): void {
  if (failures.total === 0) return;
  out.line();
  const failed = pluralize(failures.total, "instances");
  out.line(bold(`${failed} failed, by cause`));
  const table = new Table(out, [
    { title: "count", align: "right" },
    { title: "scenario", shrinks: true },
    { title: "step", shrinks: true },
    { title: "status", align: "right", dropPriority: 1 },
    { title: "assertion", shrinks: true },
    { title: "example" },
    { title: "reason", overflowBelow: true },
  ]);
  const shown = failures.causes.slice(0, CAUSES_SHOWN);
  for (const cause of shown) {
    table.row([
      formatInteger(cause.count),
      formatNames(cause.scenarios),
      cause.step_name ?? "-",
      String(cause.status_code ?? "-"),
      cause.assertion_name ?? "-",
      cause.examples[0]!,
      red(cause.reason),
    ]);
  }
  table.end();
  const counted = shown.reduce((sum, { count }) => sum + count, 0);
  if (counted < failures.total) {
    const more = formatInteger(failures.total - counted);
    out.line(dim(`${more} more, with other causes`));
  }
}

function writeInFlight(
  { out }: Context,
  { total, instances }: InFlight,
  { state }: RunReader,
): void {
  if (total === 0) return;
  const what = state === "running" ? "in flight" : "never completed";
  out.line();
  out.line(bold(`${pluralize(total, "instances")} ${what}`));
  const table = new Table(out, [
    { title: "instance" },
    { title: "last step", shrinks: true },
    { title: "status", align: "right" },
    { title: "errors", overflowBelow: true },
  ]);
  const shown = instances.slice(0, IN_FLIGHT_SHOWN);
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
  const more = total - shown.length;
  if (more > 0) out.line(dim(`${formatInteger(more)} more`));
}

function writeNextCommands(
  { out, dir }: Context,
  failures: Failures,
  inFlight: InFlight,
  name: string,
): void {
  const example = failures.causes[0]?.examples[0] ??
    failures.retried[0]?.instance_id ??
    inFlight.instances[0]?.instance_id;
  if (example === undefined) return;
  const sameDir = dirOptions(dir);
  out.line();
  if (failures.total + failures.retried.length > 0) {
    out.line([dim("all   "), commandLine("failures", name, ...sameDir)]);
  }
  out.line([dim("one   "), commandLine("instance", name, example, ...sameDir)]);
}
