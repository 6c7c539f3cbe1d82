/**
 * What the demo prints of a run. All of it is read back from the run directory.
 *
 * @module
 */
import { openRun } from "../../mod.ts";
import { tellFailure } from "./failure_story.ts";
import { findFailures, listFailures, mostTelling } from "./failures.ts";
import { drawTree } from "./run_tree.ts";
import type { LogEntry } from "./service.ts";
import { drawSummary } from "./summary_table.ts";
import type { Style } from "./terminal.ts";

/**
 * Describes a run: its tree, its totals, its failures, and one of them in full.
 *
 * @param service_log The service's own log, which is no part of the run.
 */
export async function describeRun(
  path: string,
  service_log: readonly LogEntry[],
  style: Style,
): Promise<string> {
  const run = await openRun(path);
  const sections = [await drawTree(path, style)];
  if (run.summary) sections.push(drawSummary(run.summary, style));
  const failures = await findFailures(run);
  const told = mostTelling(failures);
  if (told) {
    sections.push(
      listFailures(failures, style).join("\n"),
      (await tellFailure(run, told, service_log, style)).join("\n"),
    );
  }
  return sections.join("\n\n") + "\n";
}
