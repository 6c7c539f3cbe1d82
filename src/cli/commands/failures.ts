/**
 * `wta failures`: every failed instance, and why it failed.
 *
 * @module
 */
import { commandLine, dirOptions } from "../advice.ts";
import type { Command } from "../command.ts";
import { openDamaged } from "../damaged_run.ts";
import { EXIT } from "../exit_codes.ts";
import { FAIL_ON, failOnCode, failOnOf } from "../fail_on.ts";
import { findRun } from "../find_run.ts";
import { readAnalysis, writeUnread } from "../read_analysis.ts";
import { runTitle } from "../run_header.ts";
import { formatInteger, pluralize } from "../terminal/format.ts";
import { attemptsOrInstances } from "../totals.ts";
import { Table } from "../terminal/table.ts";
import { dim, green, red, yellow } from "../terminal/text.ts";

/** `wta failures <run>` */
export const failures: Command = {
  name: "failures",
  positionals: ["<run>"],
  about: "Every failed instance, and what failed first",
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
    const { totals, instancesRetried, failures, inFlight } = analysis;
    const { total, instances } = failures;
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
    const table = new Table(out, [
      { title: "instance" },
      { title: "scenario", shrinks: true },
      { title: "step", shrinks: true },
      { title: "status", align: "right", dropPriority: 1 },
      { title: "assertion", shrinks: true },
      { title: "reason", overflowBelow: true },
    ]);
    for (const failure of instances) {
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
    const sameDir = dirOptions(dir);
    if (inFlight.total > 0) {
      const what = run.state === "running" ? "in flight" : "never completed";
      const line = commandLine("show", name, ...sameDir);
      const count = pluralize(inFlight.total, "instances");
      out.line(yellow(`${count} ${what}: ${line}`));
    }
    const all = pluralize(
      totals.total_instances + instancesRetried,
      attemptsOrInstances(instancesRetried),
    );
    if (total === 0) {
      out.line(green(`None of ${all} failed`));
    } else {
      const [example] = instances;
      out.line();
      out.line(`${formatInteger(total)} of ${all} failed`);
      if (leftOut !== undefined) out.line(leftOut);
      out.line([
        dim("one   "),
        commandLine("instance", name, example!.instance_id, ...sameDir),
      ]);
    }
    writeUnread(out, analysis, name, dir);
    damage.write(out, name, dir);
    return codeOf(failOnCode(failOn, run, totals));
  },
};
