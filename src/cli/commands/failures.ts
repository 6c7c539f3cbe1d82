/**
 * `wta failures`: every failed instance, and what broke.
 *
 * @module
 */
import { openRun } from "../../read/mod.ts";
import type { Command } from "../command.ts";
import { readDigest } from "../read_digest.ts";
import { FAIL_ON, failOnCode, failOnOf } from "../fail_on.ts";
import { findRun } from "../find_run.ts";
import { formatInteger, pluralize } from "../terminal/format.ts";
import { runTitle } from "../run_header.ts";
import { commandLine, sameDir } from "../shell.ts";
import { Table } from "../terminal/table.ts";
import { dim, green, red, yellow } from "../terminal/text.ts";

/** `wta failures <run>` */
export const failures: Command = {
  name: "failures",
  positionals: ["<run>"],
  about: "Every failed instance, and what broke first",
  options: {
    json: { about: "a line of JSON for each" },
    ...FAIL_ON,
  },

  async run(args, { out, err, progress, dir }) {
    const failOn = failOnOf(args);
    const { path, name } = await findRun(args.positional(0), dir);
    const run = await openRun(path);
    const asJson = args.flag("json");
    if (!asJson) out.line(runTitle(run));
    await out.flush();
    const { totals, failures, inFlight } = await readDigest(run, progress);
    const list = failures.list();
    const leftOut = failures.total > list.length
      ? red(
        `Only the first ${
          formatInteger(list.length)
        } failures were looked into`,
      )
      : undefined;
    if (asJson) {
      for (const failure of list) {
        out.json(failure);
        if (out.isFull) await out.flush();
      }
      if (leftOut !== undefined) err.line(leftOut);
      await err.flush();
      return failOnCode(failOn, run, totals);
    }
    out.line();
    const table = new Table(out, [
      { title: "instance" },
      { title: "scenario", shrinks: true },
      { title: "step", shrinks: true },
      { title: "status", align: "right", dropPriority: 1 },
      { title: "assertion", shrinks: true },
      { title: "what it says", overflowBelow: true },
    ]);
    for (const failure of list) {
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
    if (inFlight.total > 0) {
      out.line(
        yellow(
          `${pluralize(inFlight.total, "instances")} ${
            run.state === "running" ? "under way" : "never completed"
          }: ${commandLine("show", name, ...sameDir(dir))}`,
        ),
      );
    }
    if (list.length === 0) {
      out.line(
        green(`No instance of ${formatInteger(totals.total_instances)} failed`),
      );
    } else {
      const example = list[0]!.instance_id;
      out.line();
      out.line(
        `${pluralize(failures.total, "instances")} of ${
          formatInteger(totals.total_instances)
        } failed`,
      );
      if (leftOut !== undefined) out.line(leftOut);
      out.line([
        dim("one   "),
        commandLine("instance", name, example, ...sameDir(dir)),
      ]);
    }
    return failOnCode(failOn, run, totals);
  },
};
