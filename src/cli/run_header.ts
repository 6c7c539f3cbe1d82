/**
 * What a run is, and first of all whether it is whole.
 *
 * @module
 */
import { compactJson } from "../json/preview.ts";
import { basename } from "@std/path/basename";
import type { RunReader } from "../read/mod.ts";
import { formatBytes, formatDuration, formatTime } from "./terminal/format.ts";
import { commandLine, sameDir } from "./shell.ts";
import type { Screen } from "./terminal/screen.ts";
import { bold, dim, green, red, type Text, yellow } from "./terminal/text.ts";

/** The state of a run, in its colour. */
export function stateOf(run: RunReader): Text {
  const word = wordOf(run);
  if (word === "completed") return green(word);
  return word === "running" ? yellow(word) : red(word);
}

/** The state of a run in a word: one that has no summary has crashed. */
export function wordOf({ state, summary }: RunReader): string {
  return state === "interrupted" && !summary ? "crashed" : state;
}

/** Writes what a run is: its state, what was run, when. */
export function writeRunHeader(
  screen: Screen,
  run: RunReader,
  name: string,
  dir: string,
): void {
  const { sut_name, timestamp, seed, config, durability } = run.manifest;
  for (const line of warnings(run, name, dir)) screen.line(line);
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

/** A run and its state, in a line. */
export function runTitle(run: RunReader): Text {
  const { run_id, summary } = run;
  const after = summary ? ` after ${formatDuration(summary.duration_ms)}` : "";
  return [bold(run_id), "  ", stateOf(run), after];
}

function warnings(run: RunReader, name: string, dir: string): Text[] {
  const command = (verb: string) => commandLine(verb, name, ...sameDir(dir));
  const lines: Text[] = [];
  if (run.state === "running") {
    const { holder, running } = run.writer ?? {};
    const who = holder ? `process ${holder.pid}` : "a process";
    lines.push(
      yellow(
        running === undefined
          ? `This run may be live: ${who} had it, and this system cannot tell whether it still runs`
          : `This run is live: ${who} writes to it, and all below is as of now`,
      ),
      `Watch it with: ${command("follow")}`,
    );
  } else if (!run.summary) {
    lines.push(
      red("This run crashed: its writer has gone without closing it"),
      `Close it with: ${command("recover")}`,
    );
  } else if (run.state === "interrupted") {
    lines.push(red("This run was interrupted: it is whole, but not complete"));
  }
  if (run.state !== "running") {
    for (const tail of run.tornTails) {
      lines.push(
        red(
          `${basename(tail.file)} ends in a torn line of ${
            formatBytes(tail.bytes)
          }`,
        ),
      );
    }
  }
  return lines.length > 0 ? [...lines, ""] : lines;
}
