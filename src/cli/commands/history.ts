/**
 * `wta history`: the runs of a directory side by side.
 *
 * @module
 */
import {
  ArtifactError,
  type KeyHistory,
  type RunHistory,
  runHistory,
} from "../../../mod.ts";
import { basename } from "@std/path/basename";
import { commandLine, dirOptions } from "../advice.ts";
import type { Command } from "../command.ts";
import { CliError, EXIT } from "../exit_codes.ts";
import { RUNS_DRAWN_MAX, sparkline, verdictsText } from "../sparkline.ts";
import type { Screen } from "../terminal/screen.ts";
import {
  formatDuration,
  formatInteger,
  formatMinute,
  formatPercent,
  pluralize,
} from "../terminal/format.ts";
import { Table } from "../terminal/table.ts";
import { bold, dim, red, type Text, yellow } from "../terminal/text.ts";

const RUNS_SHOWN = 20;
const KEYS_SHOWN = 20;

/** `wta history [dir]` */
export const history: Command = {
  name: "history",
  positionals: ["[dir]"],
  about: "Since which run each failing instance fails",
  examples: ["wta history", "wta history runs --limit 30 --json"],
  details: `
Instances of several runs are the same where scenario and instance_key are, or
without a key scenario and id. In their lines ▁ is passed, █ failed, ▄ passed
after a retry, - without a verdict, · not in the run; the last run comes last.
`,
  options: {
    limit: { value: "n", about: "the newest runs (default: 100)" },
    json: { about: "all of it as JSON" },
  },

  async run(args, { out, progress, dir }) {
    const runsDir = args.optional(0) ?? dir;
    const limit = args.count("limit", 1);
    const found = await progress.during(
      "reading",
      undefined,
      () => read(runsDir, limit, () => progress.advance()),
    );
    if (args.flag("json")) {
      out.prettyJson(found);
      return EXIT.good;
    }
    writeRuns(out, found);
    for (const { path, message } of found.unreadable) {
      out.paragraph(`${basename(path)}  ${message}`, red);
    }
    if (found.runs.length === 0) {
      out.line(`There is no run in "${runsDir}"`);
      return EXIT.good;
    }
    writeKeys(out, found);
    const failing = found.keys.find(({ status }) => status === "failing");
    if (failing) {
      const last = found.runs[failing.verdicts.lastIndexOf("failed")]!;
      out.line();
      out.line([
        dim("one   "),
        commandLine(
          "instance",
          basename(last.path),
          failing.instance_id,
          ...dirOptions(runsDir),
        ),
      ]);
    }
    return EXIT.good;
  },
};

async function read(
  dir: string,
  limit: number | undefined,
  onRun: () => void,
): Promise<RunHistory> {
  try {
    return await runHistory(dir, {
      ...(limit !== undefined && { limit }),
      onRun,
    });
  } catch (error) {
    if (!(error instanceof ArtifactError) || error.code !== "READ_FAILED") {
      throw error;
    }
    throw new CliError(
      error.message,
      'Give the directory of the runs: "wta history <dir>"',
    );
  }
}

function writeRuns(out: Screen, { runs, olderRuns }: RunHistory): void {
  if (runs.length === 0) return;
  const table = new Table(out, [
    { title: "run", shrinks: true },
    { title: "started (UTC)", dropPriority: 2 },
    { title: "state", dropPriority: 1 },
    { title: "instances", align: "right", dropPriority: 3 },
    { title: "failed", align: "right" },
    { title: "flaky", align: "right" },
    { title: "passed", align: "right" },
    { title: "p95", align: "right" },
  ]);
  for (const run of runs.slice(-RUNS_SHOWN)) {
    const { state, failed, flaky, passRate, p95Ms } = run;
    table.row([
      basename(run.path),
      formatMinute(run.timestamp),
      state === "completed" ? state : yellow(state),
      formatInteger(run.instances),
      failed > 0 ? red(formatInteger(failed)) : "0",
      flaky > 0 ? yellow(formatInteger(flaky)) : "0",
      passRate === null ? "-" : formatPercent(passRate),
      p95Ms === null ? "-" : formatDuration(p95Ms),
    ]);
  }
  table.end();
  const more = olderRuns + Math.max(0, runs.length - RUNS_SHOWN);
  if (more > 0) out.line(dim(pluralize(more, "older runs")));
  if (runs.length < 2) return;
  const rates = runs.map(({ passRate }) => passRate);
  const latencies = runs.map(({ p95Ms }) => p95Ms);
  const highest = Math.max(...latencies.map((value) => value ?? 0));
  out.line();
  if (runs.length > RUNS_DRAWN_MAX) {
    out.line(dim(`the last ${RUNS_DRAWN_MAX} of ${runs.length} runs:`));
  }
  out.line([
    dim("passed  "),
    sparkline(rates, 0, 100),
    dim("  0 to 100 %"),
  ]);
  out.line([
    dim("p95     "),
    sparkline(latencies, 0, highest),
    dim(`  0 to ${formatDuration(highest)}`),
  ]);
}

function writeKeys(out: Screen, { runs, keys, isCut }: RunHistory): void {
  out.line();
  if (keys.length === 0) {
    out.line("No instance failed in any of them");
    return;
  }
  const counts = (["failing", "flaky", "fixed"] as const).map((status) => {
    const of = keys.filter((key) => key.status === status).length;
    return of === 0 ? [] : `${formatInteger(of)} ${status}`;
  }).flat();
  out.line(bold(counts.join(", ")));
  const table = new Table(out, [
    { title: "scenario", shrinks: true },
    { title: "key", shrinks: true },
    { title: "runs" },
    { title: "", overflowBelow: true },
  ]);
  const name = (index: number) => basename(runs[index]!.path);
  for (const key of keys.slice(0, KEYS_SHOWN)) {
    table.row([
      key.scenario_id,
      key.instance_key ?? key.instance_id,
      verdictsText(key.verdicts),
      textOf(key, name),
    ]);
  }
  table.end();
  const more = keys.length - KEYS_SHOWN;
  if (more > 0) out.line(dim(`${formatInteger(more)} more: --json`));
  if (isCut) out.line(yellow(`Only ${formatInteger(keys.length)} are kept`));
}

/** `passed until run_1, fails since run_2` */
function textOf(
  { status, verdicts, lastPassed, failsSince }: KeyHistory,
  name: (index: number) => string,
): Text {
  const gone = verdicts.at(-1) === "absent" ? ", not in the last run" : "";
  if (status === "flaky") return yellow(`flaky${gone}`);
  if (status === "fixed") return `passes again${gone}`;
  const since = `fails since ${name(failsSince!)}`;
  return red(
    lastPassed === null
      ? `${since}, passed in none of these runs${gone}`
      : `passed until ${name(lastPassed)}, ${since}${gone}`,
  );
}
