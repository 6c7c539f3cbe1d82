/**
 * `wta search`: where a run has a text.
 *
 * @module
 */
import { openRun, type SearchHit, searchRun } from "../../../mod.ts";
import { commandLine, dirOptions } from "../advice.ts";
import type { Command } from "../command.ts";
import { EXIT, UsageError } from "../exit_codes.ts";
import { findRun } from "../find_run.ts";
import { formatInteger, pluralize } from "../terminal/format.ts";
import { Table } from "../terminal/table.ts";
import { dim, yellow } from "../terminal/text.ts";

const HITS_MAX = 100;
const SKIPPED_SHOWN = 5;

/** `wta search <run> <text>` */
export const search: Command = {
  name: "search",
  positionals: ["<run>", "<text>"],
  about: "Where a run has a text, or a match of /an expression/",
  examples: [
    "wta search latest upstream",
    "wta search latest '/declin(ed|es)/i' --limit 10",
  ],
  details: `
Searches names and values of all records, as they were recorded, and the lines
of artifact files. /declin(ed|es)/i is a regular expression of JavaScript.
`,
  options: {
    limit: { value: "n", about: `at most this many (default: ${HITS_MAX})` },
    json: { about: "one line of JSON for each place" },
  },

  async run(args, { out, err, progress, dir }) {
    const pattern = patternOf(args.positional(1));
    const limit = args.count("limit", 1) ?? HITS_MAX;
    const asJson = args.flag("json");
    const { path, name } = await findRun(args.positional(0), dir);
    const run = await openRun(path);
    const skipped: string[] = [];
    const hits = searchRun(run, pattern, {
      onSkipped: (file, reason) => skipped.push(`${file} (${reason})`),
    });
    const table = new Table(out, [
      { title: "instance" },
      { title: "step", align: "right" },
      { title: "line", dropPriority: 1 },
      { title: "place", shrinks: true },
      { title: "text", overflowBelow: true },
    ]);
    let first: SearchHit | undefined;
    let count = 0;
    let isCut = false;
    await progress.during("searching", undefined, async () => {
      for await (const hit of hits) {
        if (count === limit) {
          isCut = true;
          break;
        }
        count++;
        first ??= hit;
        if (asJson) out.json(hit);
        else {
          table.row([
            hit.instance_id ?? "-",
            hit.step_index === null ? "-" : String(hit.step_index),
            dim(`${hit.file}:${hit.line}`),
            hit.place === "" ? "-" : hit.place,
            oneLine(hit.text),
          ]);
        }
        if (out.isFull) await out.flush();
      }
    });
    if (!asJson) table.end();
    const notes = asJson ? err : out;
    if (count === 0) notes.line("Nothing was found");
    if (isCut) {
      notes.line(
        yellow(`Only the first ${formatInteger(limit)} places are listed`),
      );
    }
    if (skipped.length > 0) {
      const shown = skipped.slice(0, SKIPPED_SHOWN).join(", ");
      const more = skipped.length > SKIPPED_SHOWN ? ", …" : "";
      const files = pluralize(skipped.length, "files");
      notes.line([yellow(`${files} not searched: `), `${shown}${more}`]);
    }
    if (!asJson && first?.instance_id) {
      const words = ["instance", name, first.instance_id, ...dirOptions(dir)];
      out.line();
      out.line([dim("one   "), commandLine(...words)]);
    }
    return EXIT.good;
  },
};

/** A regular expression where it is written as one. */
function patternOf(text: string): string | RegExp {
  const [, source, flags] = /^\/(.+)\/([a-z]*)$/s.exec(text) ?? [];
  if (source === undefined) return text;
  try {
    return new RegExp(source, flags);
  } catch {
    throw new UsageError(
      `Cannot use "${text}": it is not a regular expression of JavaScript`,
      'For example: wta search latest "/declin(ed|es)/i"',
    );
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
