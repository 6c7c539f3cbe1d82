/**
 * The demo: shoppers against a small web shop, recorded. The same file runs on
 * Node, Bun and Deno.
 *
 * @module
 */
import process from "node:process";
import { ArtifactError } from "../../mod.ts";
import { type DemoOptions, type DemoResult, runDemo } from "./demo.ts";
import { parseOptions, USAGE, UsageError } from "./options.ts";
import { showProgress } from "./progress_bar.ts";
import { replayFailure } from "./replay_failure.ts";
import { describeRun } from "./report.ts";
import { printable, styleFor } from "./terminal.ts";

/** Exit codes: 0 it ran (whatever failed in it), 1 it did not, 2 wrong usage. */
async function main(args: string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  const style = styleFor(process.stdout);
  const { path, service_log } = await runWithProgress(options);
  process.stdout.write(await describeRun(path, service_log, style));
  if (!options.replay) return 0;
  const { text, as_expected } = await replayFailure(path, options, style);
  process.stdout.write(`\n${text}`);
  return as_expected ? 0 : 1;
}

async function runWithProgress(options: DemoOptions): Promise<DemoResult> {
  let stop = () => {};
  try {
    return await runDemo({
      ...options,
      onStart: (run) => {
        stop = showProgress(
          process.stderr,
          () => run.stats,
          options.instances,
        );
      },
    });
  } finally {
    stop();
  }
}

function exitCode(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`${printable(error.message)}\n\n${USAGE}`);
    return 2;
  }
  if (!(error instanceof ArtifactError)) throw error;
  process.stderr.write(`${printable(error.message)}\n`);
  return error.code === "UNSAFE_NAME" || error.code === "INVALID_OPTION"
    ? 2
    : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = exitCode(error);
}
