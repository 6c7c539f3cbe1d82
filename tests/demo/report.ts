/**
 * Prints a run of the demo: its tree, the output of `wta show` and `wta instance`,
 * and the log of the service. All but the log is read from the run directory.
 *
 * @module
 */
import {
  analyzeRun,
  type FailedInstance,
  openRun,
  type RunReader,
} from "../../mod.ts";
import { type ProcessIo, runCli } from "../../src/cli/cli.ts";
import { Screen } from "../../src/cli/terminal/screen.ts";
import { bold, dim, type Text } from "../../src/cli/terminal/text.ts";
import { drawTree } from "./run_tree.ts";
import type { LogEntry } from "./service.ts";

const LOG_LINES_MAX = 2;

/**
 * Describes a run, and one of its failures in full.
 *
 * @param serviceLog The service's own log, which is not part of the run.
 */
export async function describeRun(
  path: string,
  serviceLog: readonly LogEntry[],
  io: ProcessIo,
): Promise<void> {
  const { stdout, env } = io;
  const out = new Screen(stdout, env, false);
  const print = async (lines: Text[]) => {
    for (const line of lines) out.line(line);
    await out.flush();
  };
  await print([...await drawTree(path), ""]);
  await runCli(["show", path], io);
  const failed = await exampleFailure(await openRun(path));
  if (!failed) return;
  await print([""]);
  await runCli(["instance", path, failed.instance_id], io);
  if (serviceLog.length === 0) return;
  await print(["", ...logLines(serviceLog, failed.correlation_id)]);
}

/** The first failure by an assertion, or else the first one. */
export async function exampleFailure(
  run: RunReader,
): Promise<FailedInstance | undefined> {
  const { failures: { instances } } = await analyzeRun(run);
  return instances.find(({ assertion_name }) => assertion_name !== null) ??
    instances[0];
}

/** Lines of the service log with the correlation id of an instance. */
function logLines(
  serviceLog: readonly LogEntry[],
  correlation_id: string,
): Text[] {
  const found = serviceLog.filter((entry) =>
    entry.correlation_id === correlation_id && entry.message !== ""
  );
  return [
    bold(`The service's log of ${correlation_id}`),
    ...found.slice(-LOG_LINES_MAX).map(({ method, path, message }) => [
      dim(`${method} ${path}: `),
      message,
    ]),
  ];
}
