/**
 * `wta show`: a run on one screen.
 *
 * @module
 */
import { openRun } from "../../run_reader.ts";
import type { Cause, Failures } from "../causes.ts";
import type { Command, Context } from "../command.ts";
import { digestRun } from "../digest.ts";
import { FAIL_ON, failOn, failOnOf } from "../fail_on.ts";
import { findRun } from "../find_run.ts";
import { count, duration, whole } from "../format.ts";
import type { Histogram } from "../histogram.ts";
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
    const fail_on = failOnOf(args);
    const name = args.positional(0);
    const run = await openRun(await findRun(name, dir));
    writeRunHeader(out, run, name, dir);
    out.line();
    // What is known is shown before the long way through the files.
    if (run.summary) writeScenarios(out, run.summary);
    await out.flush();
    const { totals, latencies, failures } = await digestRun(run, progress);
    if (!run.summary) writeScenarios(out, totals);
    out.line();
    const [steps, ...rest] = countsOf(run.summary ?? totals);
    out.line(steps);
    writeHistogram(context, latencies);
    for (const line of rest) out.line(line);
    writeCauses(context, failures, name);
    return failOn(fail_on, run, totals);
  },
};

function writeHistogram({ out }: Context, latencies: Histogram): void {
  const { range } = latencies;
  if (!range) return;
  const { least, greatest } = range;
  out.line([
    dim(`${duration(least)} `),
    latencies.draw(HISTOGRAM_COLUMNS),
    dim(` ${duration(greatest)}`),
  ]);
}

function writeCauses(
  { out, dir }: Context,
  failures: Failures,
  name: string,
): void {
  if (failures.total === 0) return;
  const causes = failures.causes();
  out.line();
  out.line(bold(`${count(failures.total, "instances")} failed, by cause`));
  const table = new Table(out, [
    { title: "count", align: "right" },
    { title: "scenario", flexible: true },
    { title: "step", flexible: true },
    { title: "status", align: "right", spare: 1 },
    { title: "assertion", flexible: true },
    { title: "for example" },
    { title: "what it says", flexible: true },
  ]);
  const shown = causes.slice(0, CAUSES_SHOWN);
  for (const { count, example } of shown) {
    table.row([
      whole(count),
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
    out.line(dim(`${whole(failures.total - told)} more, of other causes`));
  }
  out.line();
  const same = sameDir(dir);
  out.line([dim("all   "), commandLine("failures", name, ...same)]);
  out.line([dim("one   "), instanceCommand(shown[0]!, name, same)]);
}

function instanceCommand(
  { example }: Cause,
  name: string,
  same: string[],
): string {
  return commandLine("instance", name, example.instance_id, ...same);
}
