/**
 * `wta failures`: every failed instance, and why it failed.
 *
 * @module
 */
import type { FailedInstance } from "../../../mod.ts";
import { commandLine, dirOptions } from "../advice.ts";
import type { Command } from "../command.ts";
import { openDamaged } from "../damaged_run.ts";
import { EXIT } from "../exit_codes.ts";
import { FAIL_ON, failOnCode, failOnOf } from "../fail_on.ts";
import { findRun } from "../find_run.ts";
import { readAnalysis, writeUnread } from "../read_analysis.ts";
import { runTitle } from "../run_header.ts";
import { formatInteger, pluralize } from "../terminal/format.ts";
import type { Screen } from "../terminal/screen.ts";
import { Table } from "../terminal/table.ts";
import { bold, dim, green, red, yellow } from "../terminal/text.ts";

/** `wta failures <run>` */
export const failures: Command = {
  name: "failures",
  positionals: ["<run>"],
  about: "Every failed instance, and what failed first",
  examples: [
    "wta failures latest",
    "wta failures latest --json",
  ],
  options: {
    json: { about: "one line of JSON for each instance" },
    ...FAIL_ON,
  },

  async run(args, { out, err, progress, dir }) {
    const failOn = failOnOf(args);
    const { path, name } = await findRun(args.positional(0), dir);
    const { run, damage } = await openDamaged(path);
    const codeOf = (code: number) =>
      damage.isFound && code === EXIT.good ? EXIT.failed : code;
    const asJson = args.flag("json");
    if (!asJson) out.line(runTitle(run));
    await out.flush();
    const analysis = await readAnalysis(run, progress);
    const { totals, failures, inFlight } = analysis;
    const { total, instances, retried } = failures;
    const leftOut = total > instances.length
      ? red(`Only the first ${formatInteger(instances.length)} are listed`)
      : undefined;
    if (asJson) {
      for (const failure of instances) {
        out.json(failure);
        if (out.isFull) await out.flush();
      }
      if (leftOut !== undefined) err.line(leftOut);
      damage.write(err, name, dir);
      await err.flush();
      return codeOf(failOnCode(failOn, run, totals));
    }
    out.line();
    await writeTable(out, instances);
    if (retried.length > 0) {
      const count = pluralize(retried.length, "instances");
      if (instances.length > 0) out.line();
      out.line(bold(`${count} failed and tried again`));
      await writeTable(out, retried);
    }
    const sameDir = dirOptions(dir);
    if (inFlight.total > 0) {
      const what = run.state === "running" ? "in flight" : "never completed";
      const line = commandLine("show", name, ...sameDir);
      const count = pluralize(inFlight.total, "instances");
      out.line(yellow(`${count} ${what}: ${line}`));
    }
    const all = pluralize(totals.total_instances, "instances");
    const example = instances[0] ?? retried[0];
    if (total + retried.length > 0) out.line();
    if (total === 0) out.line(green(`None of ${all} failed`));
    else {
      out.line(`${formatInteger(total)} of ${all} failed`);
    }
    if (leftOut !== undefined) out.line(leftOut);
    if (example) {
      const one = commandLine(
        "instance",
        name,
        example.instance_id,
        ...sameDir,
      );
      out.line([dim("one   "), one]);
    }
    writeUnread(out, analysis, name, dir);
    damage.write(out, name, dir);
    return codeOf(failOnCode(failOn, run, totals));
  },
};

async function writeTable(
  out: Screen,
  failures: readonly FailedInstance[],
): Promise<void> {
  const table = new Table(out, [
    { title: "instance" },
    { title: "scenario", shrinks: true },
    { title: "step", shrinks: true },
    { title: "status", align: "right", dropPriority: 1 },
    { title: "assertion", shrinks: true },
    { title: "reason", overflowBelow: true },
  ]);
  for (const failure of failures) {
    table.row([
      failure.instance_id,
      failure.scenario_id,
      failure.step_name ?? "-",
      String(failure.status_code ?? "-"),
      failure.assertion_name ?? "-",
      red(failure.reason),
    ]);
    if (out.isFull) await out.flush();
  }
  table.end();
}
