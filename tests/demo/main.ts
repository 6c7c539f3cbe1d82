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
import { describeRun } from "./report.ts";
import { printable, styleFor } from "./terminal.ts";

async function main(args: string[]): Promise<void> {
  const options = parseOptions(args);
  if (options === "help") {
    process.stdout.write(USAGE);
    return;
  }
  const { path, service_log } = await runWithProgress(options);
  process.stdout.write(
    await describeRun(path, service_log, styleFor(process.stdout)),
  );
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

/** Exit codes: 0 it ran (whatever failed in it), 1 it could not, 2 wrong usage. */
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
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = exitCode(error);
}
