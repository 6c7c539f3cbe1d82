/**
 * What the demo prints of a run: its tree, what `wta show` and `wta instance`
 * say of it, and what the service logged. All but that is read back from the run
 * directory.
 *
 * @module
 */
import { openRun, type RunReader } from "../../mod.ts";
import type { Failure } from "../../src/analyze/failures.ts";
import { type ProcessIo, runCli } from "../../src/cli/cli.ts";
import { digestRun } from "../../src/analyze/digest_run.ts";
import { Screen } from "../../src/cli/terminal/screen.ts";
import { bold, dim, type Text } from "../../src/cli/terminal/text.ts";
import { drawTree } from "./run_tree.ts";
import type { LogEntry } from "./service.ts";

const LOG_LINES_MAX = 2;

/**
 * Describes a run, and one of its failures in full.
 *
 * @param serviceLog The service's own log, which is no part of the run.
 */
export async function describeRun(
  path: string,
  serviceLog: readonly LogEntry[],
  io: ProcessIo,
): Promise<void> {
  const { stdout, env } = io;
  const out = new Screen(stdout, env, false);
  const say = async (lines: Text[]) => {
    for (const line of lines) out.line(line);
    await out.flush();
  };
  await say([...await drawTree(path), ""]);
  await runCli(["show", path], io);
  const told = await mostTelling(await openRun(path));
  if (!told) return;
  await say([""]);
  await runCli(["instance", path, told.instance_id], io);
  await say(["", ...logLines(serviceLog, told.correlation_id)]);
}

/** A broken assertion tells more than an answer that never came. */
export async function mostTelling(
  run: RunReader,
): Promise<Failure | undefined> {
  const failures = (await digestRun(run)).failures.list();
  return failures.find(({ assertion_name }) => assertion_name !== null) ??
    failures[0];
}

/** What the other side says of the same instance: why ids travel. */
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
