/**
 * Analyzes a run and shows the progress on the terminal.
 *
 * @module
 */
import {
  analyzeRun,
  type RunAnalysis,
  type RunReader,
  type Summary,
} from "../../mod.ts";
import { commandLine, dirOptions } from "./advice.ts";
import type { Screen } from "./terminal/screen.ts";
import { dim } from "./terminal/text.ts";
import type { Progress } from "./terminal/progress.ts";

/** Runs with more bytes of records are not read whole: this takes half a second. */
const READ_WHOLE_BYTES_MAX = 32 * 1024 * 1024;

/**
 * Returns the analysis of a run: of a large one, where its summary fits, by that and
 * by the records of failed instances.
 */
export async function readAnalysis(
  run: RunReader,
  progress: Progress,
): Promise<RunAnalysis> {
  const { summary } = run;
  const total = summary
    ? summary.total_instances + summary.total_assertions + summary.total_steps
    : undefined;
  const onRecord = () => progress.advance();
  const records = bytesOf(summary) > READ_WHOLE_BYTES_MAX ? "failed" : "all";
  return await progress.during(
    "reading",
    total,
    () => analyzeRun(run, { onRecord, records }),
  );
}

function bytesOf(summary: Summary | null): number {
  const { files } = summary ?? {};
  if (!files) return 0;
  return files["instances.jsonl"].bytes + files["assertions.jsonl"].bytes +
    files["steps.jsonl"].bytes;
}

/** Reports what was not read; nothing where all records were. */
export function writeUnread(
  screen: Screen,
  { recordsRead }: RunAnalysis,
  name: string,
  dir: string,
): void {
  if (recordsRead === "all") return;
  screen.line();
  screen.line(
    dim("By the summary: only the records of failed instances were read"),
  );
  screen.line([
    dim("check "),
    commandLine("verify", name, ...dirOptions(dir)),
  ]);
}
