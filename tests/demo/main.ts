/**
 * The demo: shoppers against a small web shop, recorded. The same file runs on
 * Node, Bun and Deno.
 *
 * @module
 */
import process from "node:process";
import { ArtifactError, type RunWriter } from "../../mod.ts";
import type { ProcessIo } from "../../src/cli/cli.ts";
import { formatInteger, pluralize } from "../../src/cli/terminal/format.ts";
import { printable } from "../../src/json/printable.ts";
import { Progress } from "../../src/cli/terminal/progress.ts";
import { Screen } from "../../src/cli/terminal/screen.ts";
import { dim, red, type Text } from "../../src/cli/terminal/text.ts";
import { type DemoOptions, type DemoResult, runDemo } from "./demo.ts";
import {
  type CommandLine,
  parseOptions,
  USAGE,
  UsageError,
} from "./options.ts";
import { replayFailure } from "./replay_failure.ts";
import { describeRun } from "./report.ts";
import { runWorkers } from "./workers.ts";

const SURROUNDINGS: ProcessIo = {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
};

/** Exit codes: 0 it ran (whatever failed in it), 1 it did not, 2 wrong usage. */
async function main(args: string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  const { path, serviceLog } = options.workers > 1
    ? await runInWorkers(options)
    : await runWithProgress(options);
  await describeRun(path, serviceLog, SURROUNDINGS);
  if (!options.replay) return 0;
  return await replayFailure(path, options, SURROUNDINGS) ? 0 : 1;
}

/** Each worker has a service of its own, whose log ends with it. */
async function runInWorkers(
  { replay: _, workers, ...options }: CommandLine,
): Promise<Pick<DemoResult, "path" | "serviceLog">> {
  const run_id = options.run_id ??
    `run_${new Date().toISOString().replaceAll(/\D/g, "").slice(0, 14)}`;
  const screen = new Screen(process.stderr, process.env, false);
  const progress = new Progress(screen, 0);
  const { path } = await progress.during(
    `recording in ${workers} processes`,
    options.instances,
    () => runWorkers({ ...options, run_id }, workers, () => progress.advance()),
  );
  return { path, serviceLog: [] };
}

async function runWithProgress(options: DemoOptions): Promise<DemoResult> {
  let run: RunWriter | undefined;
  const screen = new Screen(process.stderr, process.env, false);
  return await new Progress(screen, 0).during(
    () => progressOf(run),
    undefined,
    () => runDemo({ ...options, onStart: (started) => run = started }),
  );
}

function progressOf(run: RunWriter | undefined): Text {
  if (!run) return "starting";
  const { total_instances, fail_count, total_steps } = run.stats;
  const failed = `${formatInteger(fail_count)} failed`;
  return [
    `${pluralize(total_instances, "instances")}  `,
    fail_count > 0 ? red(failed) : failed,
    dim(`  ${pluralize(total_steps, "steps")}`),
  ];
}

function exitCode(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`${printable(error.message, true)}\n\n${USAGE}`);
    return 2;
  }
  if (!(error instanceof ArtifactError)) throw error;
  process.stderr.write(`${printable(error.message, true)}\n`);
  return error.code === "UNSAFE_NAME" || error.code === "INVALID_OPTION"
    ? 2
    : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = exitCode(error);
}
