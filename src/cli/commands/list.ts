/**
 * `wta list`: the runs of a directory.
 *
 * @module
 */
import { type ListedRun, listRuns, type RunReader } from "../../../mod.ts";
import { basename } from "@std/path/basename";
import type { Command } from "../command.ts";
import { messageOf } from "../../errors.ts";
import { CliError, EXIT } from "../exit_codes.ts";
import {
  formatBytes,
  formatDuration,
  formatInteger,
  formatMinute,
  formatNames,
  formatPercent,
} from "../terminal/format.ts";
import { sizeOf, stateOf } from "../run_header.ts";
import { Table } from "../terminal/table.ts";
import { red, type Text } from "../terminal/text.ts";

/** Each waits for the disk some ten times. */
const MEASURED_AT_ONCE = 16;

/** `wta list [dir]` */
export const list: Command = {
  name: "list",
  positionals: ["[dir]"],
  about: "The runs of a directory, newest first",
  examples: [
    "wta list",
    "wta list runs --json",
  ],
  options: {
    json: { about: "one line of JSON for each run" },
  },

  async run(args, { out, progress, dir }) {
    const listedDir = args.optional(0) ?? dir;
    const listed = await progress.during(
      "opening",
      undefined,
      () => runsIn(listedDir),
    );
    const runs = listed.flatMap(({ run }) => run ?? []).sort(newestFirst);
    const broken = listed.filter(isBroken);
    if (args.flag("json")) {
      for await (const { run, sizeBytes } of measured(runs)) {
        out.json(asJson(run, sizeBytes));
        await out.flush();
      }
      for (const { path, error } of broken) {
        out.json({ path, error: { code: error.code, message: error.message } });
      }
      return EXIT.good;
    }
    const table = new Table(out, [
      { title: "run" },
      { title: "started (UTC)", dropPriority: 4 },
      { title: "state" },
      { title: "system", shrinks: true },
      { title: "scenarios", shrinks: true, dropPriority: 1 },
      { title: "instances", align: "right", dropPriority: 5 },
      { title: "passed", align: "right" },
      { title: "failed", align: "right" },
      { title: "duration", align: "right", dropPriority: 2 },
      { title: "size", align: "right", dropPriority: 3 },
    ]);
    await progress.during("measuring", runs.length, async () => {
      for await (const { run, sizeBytes } of measured(runs)) {
        table.row(rowOf(run, sizeBytes));
        progress.advance();
        if (out.isFull) await out.flush();
      }
    });
    table.end();
    for (const { path, error } of broken) {
      out.paragraph(`${basename(path)}  ${error.message}`, red);
    }
    if (runs.length + broken.length === 0) {
      out.line(`There is no run in "${listedDir}"`);
    }
    return EXIT.good;
  },
};

async function runsIn(dir: string): Promise<ListedRun[]> {
  try {
    return await Array.fromAsync(listRuns(dir));
  } catch (error) {
    throw new CliError(
      messageOf(error),
      'Give the directory of the runs: "wta list <dir>"',
    );
  }
}

/** Runs with their sizes, in their order; some are measured at a time. */
async function* measured(
  runs: readonly RunReader[],
): AsyncGenerator<{ run: RunReader; sizeBytes: number }> {
  for (let at = 0; at < runs.length; at += MEASURED_AT_ONCE) {
    const some = runs.slice(at, at + MEASURED_AT_ONCE);
    yield* await Promise.all(
      some.map(async (run) => ({ run, sizeBytes: await sizeOf(run) })),
    );
  }
}

function rowOf(run: RunReader, sizeBytes: number): Text[] {
  const { timestamp, sut_name, scenario_ids } = run.manifest;
  const { summary } = run;
  const fail_count = summary?.fail_count ?? 0;
  return [
    basename(run.path), // Not its id: a copy of a run has the same one.
    formatMinute(timestamp),
    stateOf(run),
    sut_name,
    formatNames(scenario_ids),
    summary ? formatInteger(summary.total_instances) : "-",
    summary ? formatPercent(summary.pass_rate) : "-",
    fail_count > 0 ? red(formatInteger(fail_count)) : summary ? "0" : "-",
    summary ? formatDuration(summary.duration_ms) : "-",
    formatBytes(sizeBytes),
  ];
}

function newestFirst(a: RunReader, b: RunReader): number {
  const [left, right] = [a, b].map(({ manifest }) =>
    `${manifest.timestamp} ${manifest.run_id}`
  ) as [string, string];
  return left < right ? 1 : -1;
}

/** Whether a run cannot be opened; a directory that is not a run is skipped. */
function isBroken(
  listed: ListedRun,
): listed is Extract<ListedRun, { run: null }> {
  return listed.error !== null && listed.error.code !== "RUN_NOT_FOUND";
}

function asJson(run: RunReader, sizeBytes: number): Record<string, unknown> {
  const { run_id, timestamp, sut_name, scenario_ids, seed } = run.manifest;
  return {
    run_id,
    path: run.path,
    state: run.state,
    timestamp,
    sut_name,
    scenario_ids,
    seed,
    sizeBytes,
    summary: run.summary,
  };
}
