/**
 * Writes the header of a run, with warnings first, and measures its size.
 *
 * @module
 */
import type { FileSystem, RunReader } from "../../mod.ts";
import { messageOf } from "../errors.ts";
import { CliError } from "./exit_codes.ts";
import { compactJson } from "../json/preview.ts";
import { join } from "@std/path/join";
import { basename } from "@std/path/basename";
import { formatBytes, formatDuration, formatTime } from "./terminal/format.ts";
import { commandLine, dirOptions } from "./advice.ts";
import type { Screen } from "./terminal/screen.ts";
import { bold, dim, green, red, type Text, yellow } from "./terminal/text.ts";

/** The state of a run, in its color. */
export function stateOf(run: RunReader): Text {
  const state = stateName(run);
  if (state === "completed") return green(state);
  return state === "running" ? yellow(state) : red(state);
}

/** The state of a run; `"crashed"` where it has neither writer nor summary. */
export function stateName({ state, summary }: RunReader): string {
  return state === "interrupted" && !summary ? "crashed" : state;
}

/**
 * Writes warnings, state, system under test, start and settings of a run.
 *
 * @param isDamaged Whether it has a summary that cannot be read.
 */
export function writeRunHeader(
  screen: Screen,
  run: RunReader,
  name: string,
  dir: string,
  isDamaged = false,
): void {
  const { sut_name, timestamp, seed, config, durability } = run.manifest;
  for (const line of warnings(run, name, dir, isDamaged)) screen.line(line);
  screen.line(runTitle(run));
  screen.cutLine(
    `${sut_name}, started ${formatTime(timestamp)}, seed ${
      JSON.stringify(seed)
    }`,
  );
  screen.cutLine(
    dim(`durability ${durability}, config ${compactJson(config)}`),
  );
  screen.line(dim(run.path));
}

/** Id and state of a run, in one line. */
export function runTitle(run: RunReader): Text {
  const { run_id, summary } = run;
  const after = summary ? ` after ${formatDuration(summary.duration_ms)}` : "";
  return [bold(run_id), "  ", stateOf(run), after];
}

function warnings(
  run: RunReader,
  name: string,
  dir: string,
  isDamaged: boolean,
): Text[] {
  const command = (verb: string) => commandLine(verb, name, ...dirOptions(dir));
  const lines: Text[] = [];
  if (run.state === "running") {
    const { holder, running } = run.writer ?? {};
    const writer = holder ? `process ${holder.pid}` : "a process";
    lines.push(
      yellow(
        running === undefined
          ? `This run may be live: it was written by ${writer}, and this system cannot detect whether that still runs`
          : `This run is live: ${writer} is writing to it`,
      ),
      `Watch it with: ${command("follow")}`,
    );
  } else if (isDamaged) {
    lines.push(red("The summary of this run cannot be read"));
  } else if (!run.summary) {
    lines.push(
      red("This run crashed: its writer ended without finalizing it"),
      `Repair it with: ${command("recover")}`,
    );
  } else if (run.state === "interrupted") {
    lines.push(
      red("This run was interrupted: it is undamaged, but not complete"),
    );
  }
  if (run.state !== "running") {
    for (const tail of run.tornTails) {
      lines.push(
        red(
          `${basename(tail.file)} ends in an incomplete line of ${
            formatBytes(tail.bytes)
          }`,
        ),
      );
    }
  }
  return lines.length > 0 ? [...lines, ""] : lines;
}

/** Returns the size of all files of a run, in bytes. */
export async function sizeOf({ fs, path }: RunReader): Promise<number> {
  try {
    return await sizeBelow(fs, path);
  } catch (error) {
    throw new CliError(
      `Cannot read the size of "${path}": ${messageOf(error)}`,
      "Check the permissions of its files",
    );
  }
}

async function sizeBelow(fs: FileSystem, dir: string): Promise<number> {
  let sum = 0;
  for await (const { name, isDirectory } of fs.list(dir)) {
    const path = join(dir, name);
    sum += isDirectory
      ? await sizeBelow(fs, path)
      : (await fs.stat(path))?.size ?? 0; // Removed meanwhile.
  }
  return sum;
}
