/**
 * `wta check`: a run against requirements.
 *
 * @module
 */
import {
  ArtifactError,
  type CheckedRequirement,
  checkRun,
  openRun,
  parseRequirement,
  type RunCheck,
  type RunReader,
} from "../../../mod.ts";
import { commandLine, dirOptions } from "../advice.ts";
import type { Command } from "../command.ts";
import { EXIT, UsageError } from "../exit_codes.ts";
import { findRun } from "../find_run.ts";
import { runTitle, stateName } from "../run_header.ts";
import {
  formatDuration,
  formatInteger,
  formatPercent,
} from "../terminal/format.ts";
import { Table } from "../terminal/table.ts";
import { dim, green, red, type Text, yellow } from "../terminal/text.ts";

const EXAMPLE = "wta check latest --require 'pass_rate>=99'";

/** `wta check <run> --require <requirement>` */
export const check: Command = {
  name: "check",
  positionals: ["<run>"],
  about: "A run against requirements, such as 'p95(pay)<300'",
  examples: [
    "wta check latest --require 'pass_rate>=50' --require 'p95(pay)<300'",
  ],
  details: `A requirement is a metric, one of >= <= > < = and a number:
  pass_rate                           percent of the instances with a verdict
  instances passed failed             numbers of instances
  skipped errors flaky
  p50 p95 p99 max                     latencies of steps, in milliseconds
  steps failed_steps                  numbers of steps
  incomplete                          instances that never completed
  assertions failed_assertions        numbers of assertions

Metrics of instances take a scenario in parentheses, those of steps the name of
a step: 'pass_rate(checkout)>=99', 'p95(pay)<300'. What was not measured is not
met, and a run that was not completed never passes. Unless incomplete is
required, each instance must have completed.`,
  options: {
    require: { value: "what", about: "a requirement; may be repeated" },
    json: { about: "what was required and found, as JSON" },
  },

  async run(args, { out, progress, dir }) {
    const require = args.texts("require");
    if (require.length === 0) {
      throw new UsageError(
        'Cannot run "wta check" without --require',
        `For example: ${EXAMPLE}`,
      );
    }
    require.forEach(parse);
    const { path, name } = await findRun(args.positional(0), dir);
    const run = await openRun(path);
    const found = await progress.during(
      "reading",
      undefined,
      () => checkRun(run, require, { onRecord: () => progress.advance() }),
    );
    if (args.flag("json")) out.prettyJson({ run_id: run.run_id, ...found });
    else {
      out.line(runTitle(run));
      out.line();
      const table = new Table(out, [
        { title: "required", shrinks: true },
        { title: "found", align: "right" },
        { title: "" },
      ]);
      for (const row of rowsOf(run, found)) table.row(row);
      table.end();
      if (!found.passed) {
        out.line();
        out.line([
          dim("show  "),
          commandLine("show", name, "--steps", ...dirOptions(dir)),
        ]);
      }
    }
    return found.passed ? EXIT.good : EXIT.checkFailed;
  },
};

/** Reports a requirement that cannot be parsed, with a mark below the place. */
function parse(text: string): void {
  try {
    parseRequirement(text);
  } catch (error) {
    if (!(error instanceof ArtifactError) || error.offset === undefined) {
      throw error;
    }
    throw new UsageError(error.message, `For example: ${EXAMPLE}`, {
      text,
      offset: error.offset,
    });
  }
}

/** What is required of each run comes first, where it is not met. */
function rowsOf(
  run: RunReader,
  { incomplete, requirements }: RunCheck,
): Text[][] {
  const rows: Text[][] = [];
  if (run.state !== "completed") {
    rows.push(["completed", red(stateName(run)), red("not met")]);
  }
  const asksIt = requirements.some(({ metric }) => metric === "incomplete");
  if (incomplete > 0 && !asksIt) {
    const count = formatInteger(incomplete);
    rows.push(["incomplete=0", red(count), red("not met")]);
  }
  for (const requirement of requirements) {
    const { text, found, met } = requirement;
    rows.push([
      text,
      met ? foundText(requirement) : red(foundText(requirement)),
      met
        ? green("met")
        : found === null
        ? yellow("not measured")
        : red("not met"),
    ]);
  }
  return rows;
}

function foundText({ metric, found }: CheckedRequirement): string {
  if (found === null) return "-";
  switch (metric) {
    case "pass_rate":
      return formatPercent(found);
    case "p50":
    case "p95":
    case "p99":
    case "max":
      return formatDuration(found);
    default:
      return formatInteger(found);
  }
}
