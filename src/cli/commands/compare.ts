/**
 * `wta compare`: what has changed between two runs.
 *
 * @module
 */
import { inline } from "../../json/preview.ts";
import {
  type ChangeKind,
  compareRuns,
  type LatencyShift,
  type RunChange,
  type RunComparison,
} from "../../compare/mod.ts";
import { openRun, type RunReader } from "../../read/mod.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { findRun } from "../find_run.ts";
import { count, duration, percent, whole } from "../terminal/format.ts";
import { wordOf } from "../run_header.ts";
import { code, markdownTable } from "../markdown.ts";
import type { Screen } from "../terminal/screen.ts";
import { Table } from "../terminal/table.ts";
import { bold, dim, green, red } from "../terminal/text.ts";

const CHANGES_SHOWN = 30;
const STEPS_SHOWN = 10;
const TELLING = ["passed", "observation.status_code", "actual"];
const WEIGHTY: readonly ChangeKind[] = [
  "newlyFailing",
  "newlyPassing",
  "changedStatus",
];

/** `wta compare <a> <b>` */
export const compare: Command = {
  name: "compare",
  positionals: ["<a>", "<b>"],
  about: "What has changed from run a to run b",
  options: {
    markdown: { about: "as Markdown, for a pull request" },
    json: { about: "the whole comparison as JSON" },
  },

  async run(args, { out, progress, dir }) {
    const [a, b] = [
      await openRun((await findRun(args.positional(0), dir)).path),
      await openRun((await findRun(args.positional(1), dir)).path),
    ];
    const [asJson, asMarkdown] = [args.flag("json"), args.flag("markdown")];
    if (!asJson && !asMarkdown) {
      out.line([dim("a  "), bold(a.run_id), `  ${totalsOf(a)}`]);
      out.line([dim("b  "), bold(b.run_id), `  ${totalsOf(b)}`]);
      out.line();
    }
    await out.flush();
    const found = await progress.during(
      "comparing",
      undefined,
      () => compareRuns(a, b),
    );
    if (asJson) out.prettyJson(found);
    else if (asMarkdown) {
      for (const line of markdown(a, b, found)) out.line(line);
    } else writeComparison(out, a, b, found);
    return found.identical ? EXIT.good : EXIT.doesNotHold;
  },
};

function writeComparison(
  out: Screen,
  a: RunReader,
  b: RunReader,
  found: RunComparison,
): void {
  if (found.identical) {
    out.line(green("Nothing has changed, times and latencies apart"));
  } else {
    for (const [kind, number] of countsOf(found)) {
      const text = `${whole(number).padStart(6)}  ${words(kind)}`;
      out.line(kind === "newlyFailing" ? red(text) : text);
    }
    out.line();
    const table = new Table(out, [
      { title: "change" },
      { title: "instance" },
      { title: "step", align: "right" },
      { title: "name", flexible: true },
      { title: "from a to b", below: true },
    ]);
    const shown = changesShown(found);
    for (const change of shown) {
      table.row([
        words(change.kind),
        change.instance_id ?? "-",
        stepOf(change),
        change.name ?? "-",
        differenceOf(change, a, b),
      ]);
    }
    table.end();
    const more = changeCount(found) - shown.length;
    if (more > 0) out.line(dim(`${whole(more)} more: --json`));
  }
  const abandoned = abandonedNote(found);
  if (abandoned) out.line(dim(abandoned));
  out.line();
  const table = new Table(out, [
    { title: "latency", flexible: true },
    { title: "p50", align: "right" },
    { title: "p95", align: "right", spare: 1 },
    { title: "p99", align: "right" },
  ]);
  for (const [name, shift] of latenciesOf(found)) {
    table.row([name, ...shiftsOf(shift)]);
  }
  table.end();
}

function markdown(a: RunReader, b: RunReader, found: RunComparison): string[] {
  const verdict = found.identical
    ? "Nothing has changed"
    : count(changeCount(found), "changes");
  const shown = changesShown(found);
  const more = changeCount(found) - shown.length;
  const abandoned = abandonedNote(found);
  return [
    `### ${verdict}: ${code(a.run_id)} to ${code(b.run_id)}`,
    "",
    ...markdownTable(["run", "totals"], [
      [code(a.run_id), totalsOf(a)],
      [code(b.run_id), totalsOf(b)],
    ]),
    "",
    ...(found.identical ? [] : [
      ...markdownTable(
        ["count", "change"],
        countsOf(found).map(([kind, count]) => [whole(count), words(kind)]),
      ),
      "",
      ...markdownTable(
        ["change", "instance", "step", "name", "from a to b"],
        shown.map((change) => [
          words(change.kind),
          code(change.instance_id ?? ""),
          stepOf(change),
          code(change.name ?? ""),
          code(differenceOf(change, a, b)),
        ]),
      ),
      ...(more > 0 ? ["", `and ${whole(more)} more.`] : []),
      "",
    ]),
    ...(abandoned ? [abandoned, ""] : []),
    ...markdownTable(
      ["latency", "p50", "p95", "p99"],
      latenciesOf(found).map((
        [name, shift],
      ) => [code(name), ...shiftsOf(shift)]),
    ),
  ];
}

function totalsOf(run: RunReader): string {
  const { summary } = run;
  if (!summary) return wordOf(run);
  const { total_instances, fail_count, pass_rate } = summary;
  return [
    count(total_instances, "instances"),
    `${whole(fail_count)} failed`,
    `${percent(pass_rate)} passed`,
    wordOf(run),
  ].join(", ");
}

function countsOf({ counts }: RunComparison): [ChangeKind, number][] {
  return (Object.entries(counts) as [ChangeKind, number][])
    .filter(([, number]) => number > 0)
    .sort(([a], [b]) => weightOf(a) - weightOf(b));
}

/** What matters most comes first, and else what comes first in a run. */
function weightOf(kind: ChangeKind): number {
  const place = WEIGHTY.indexOf(kind);
  return place === -1 ? WEIGHTY.length : place;
}

function changesShown({ changes }: RunComparison): RunChange[] {
  return changes.toSorted((a, b) => weightOf(a.kind) - weightOf(b.kind))
    .slice(0, CHANGES_SHOWN);
}

/** What no change speaks of. */
function abandonedNote(
  { abandoned: { a, b } }: RunComparison,
): string | undefined {
  if (a + b === 0) return undefined;
  return `Left out, of attempts that were interrupted: ${
    count(a, "records")
  } of a, ${count(b, "records")} of b`;
}

function changeCount({ counts }: RunComparison): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function words(kind: ChangeKind): string {
  return kind.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function stepOf({ step_index }: RunChange): string {
  return step_index === null ? "-" : String(step_index);
}

/** The difference that tells most, and how many more there are. */
function differenceOf(
  { kind, differences, differencesCount }: RunChange,
  a: RunReader,
  b: RunReader,
): string {
  const first = differences.find(({ path }) => TELLING.includes(path)) ??
    differences[0];
  if (!first) {
    // What one of them has not: its kind tells which, except for a summary.
    return kind === "summary" ? `${summaryOf(a)} → ${summaryOf(b)}` : "";
  }
  const value = (side: "recorded" | "actual") =>
    side in first ? inline(first[side], 80) : "nothing";
  const more = differencesCount > 1 ? `, and ${differencesCount - 1} more` : "";
  const place = first.path === "" ? "" : `${first.path}: `;
  return `${place}${value("recorded")} → ${value("actual")}${more}`;
}

function summaryOf({ summary }: RunReader): string {
  return summary ? summary.status : "none";
}

function latenciesOf(found: RunComparison): [string, LatencyShift][] {
  return [
    ["all", found.latency],
    ...Object.entries(found.latencyByStep).slice(0, STEPS_SHOWN),
  ];
}

function shiftsOf({ a, b }: LatencyShift): string[] {
  const keys = ["p50_latency_ms", "p95_latency_ms", "p99_latency_ms"] as const;
  return keys.map((key) => `${millis(a[key])} → ${millis(b[key])}`);
}

function millis(latency_ms: number | null): string {
  return latency_ms === null ? "-" : duration(latency_ms);
}
