/**
 * `wta compare`: the changes between two runs.
 *
 * @module
 */
import {
  type ChangeKind,
  compareRuns,
  type LatencyShift,
  openRun,
  type RunChange,
  type RunComparison,
  type RunReader,
} from "../../../mod.ts";
import { compactJson } from "../../json/preview.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { findRun } from "../find_run.ts";
import {
  formatDuration,
  formatInteger,
  formatPercent,
  pluralize,
} from "../terminal/format.ts";
import { stateName } from "../run_header.ts";
import { code, markdownTable } from "../markdown.ts";
import type { Screen } from "../terminal/screen.ts";
import { Table } from "../terminal/table.ts";
import { bold, dim, green, red } from "../terminal/text.ts";

const CHANGES_SHOWN = 30;
const STEPS_SHOWN = 10;
const MAIN_PATHS = ["passed", "observation.status_code", "actual"];
const MAIN_KINDS: readonly ChangeKind[] = [
  "newlyFailing",
  "newlyPassing",
  "changedStatus",
];

/** `wta compare <a> <b>` */
export const compare: Command = {
  name: "compare",
  positionals: ["<a>", "<b>"],
  about: "The changes from run a to run b",
  options: {
    markdown: { about: "as Markdown, for a pull request" },
    json: { about: "the full comparison as JSON" },
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
    const comparison = await progress.during(
      "comparing",
      undefined,
      () => compareRuns(a, b),
    );
    if (asJson) out.prettyJson(comparison);
    else if (asMarkdown) {
      for (const line of markdown(a, b, comparison)) out.line(line);
    } else writeComparison(out, a, b, comparison);
    return comparison.identical ? EXIT.good : EXIT.checkFailed;
  },
};

function writeComparison(
  out: Screen,
  a: RunReader,
  b: RunReader,
  comparison: RunComparison,
): void {
  if (comparison.identical) {
    out.line(green("No changes, except times and latencies"));
  } else {
    for (const [kind, number] of countsOf(comparison)) {
      const text = `${formatInteger(number).padStart(6)}  ${words(kind)}`;
      out.line(kind === "newlyFailing" ? red(text) : text);
    }
    out.line();
    const table = new Table(out, [
      { title: "change" },
      { title: "instance" },
      { title: "step", align: "right" },
      { title: "name", shrinks: true },
      { title: "from a to b", overflowBelow: true },
    ]);
    const shown = changesShown(comparison);
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
    const more = changeCount(comparison) - shown.length;
    if (more > 0) out.line(dim(`${formatInteger(more)} more: --json`));
  }
  const abandoned = abandonedNote(comparison);
  if (abandoned) out.line(dim(abandoned));
  out.line();
  const table = new Table(out, [
    { title: "latency", shrinks: true },
    { title: "p50", align: "right" },
    { title: "p95", align: "right", dropPriority: 1 },
    { title: "p99", align: "right" },
  ]);
  for (const [name, shift] of latenciesOf(comparison)) {
    table.row([name, ...shiftsOf(shift)]);
  }
  table.end();
}

function markdown(
  a: RunReader,
  b: RunReader,
  comparison: RunComparison,
): string[] {
  const verdict = comparison.identical
    ? "No changes"
    : pluralize(changeCount(comparison), "changes");
  const shown = changesShown(comparison);
  const more = changeCount(comparison) - shown.length;
  const abandoned = abandonedNote(comparison);
  return [
    `### ${verdict}: ${code(a.run_id)} to ${code(b.run_id)}`,
    "",
    ...markdownTable(["run", "totals"], [
      [code(a.run_id), totalsOf(a)],
      [code(b.run_id), totalsOf(b)],
    ]),
    "",
    ...(comparison.identical ? [] : [
      ...markdownTable(
        ["count", "change"],
        countsOf(comparison).map((
          [kind, count],
        ) => [formatInteger(count), words(kind)]),
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
      ...(more > 0 ? ["", `and ${formatInteger(more)} more.`] : []),
      "",
    ]),
    ...(abandoned ? [abandoned, ""] : []),
    ...markdownTable(
      ["latency", "p50", "p95", "p99"],
      latenciesOf(comparison).map((
        [name, shift],
      ) => [code(name), ...shiftsOf(shift)]),
    ),
  ];
}

function totalsOf(run: RunReader): string {
  const { summary } = run;
  if (!summary) return stateName(run);
  const { total_instances, fail_count, pass_rate } = summary;
  return [
    pluralize(total_instances, "instances"),
    `${formatInteger(fail_count)} failed`,
    `${formatPercent(pass_rate)} passed`,
    stateName(run),
  ].join(", ");
}

function countsOf({ counts }: RunComparison): [ChangeKind, number][] {
  return (Object.entries(counts) as [ChangeKind, number][])
    .filter(([, number]) => number > 0)
    .sort(([a], [b]) => weightOf(a) - weightOf(b));
}

/** The main kinds come first; the others keep their order. */
function weightOf(kind: ChangeKind): number {
  const place = MAIN_KINDS.indexOf(kind);
  return place === -1 ? MAIN_KINDS.length : place;
}

function changesShown({ changes }: RunComparison): RunChange[] {
  return changes.toSorted((a, b) => weightOf(a.kind) - weightOf(b.kind))
    .slice(0, CHANGES_SHOWN);
}

/** The records that were not compared. */
function abandonedNote(
  { abandoned: { a, b } }: RunComparison,
): string | undefined {
  if (a + b === 0) return undefined;
  return `Not compared, of interrupted attempts: ${
    pluralize(a, "records")
  } in a, ${pluralize(b, "records")} in b`;
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

/** The main difference, and the number of others. */
function differenceOf(
  { kind, differences, differencesCount }: RunChange,
  a: RunReader,
  b: RunReader,
): string {
  const first = differences.find(({ path }) => MAIN_PATHS.includes(path)) ??
    differences[0];
  if (!first) {
    // One run lacks it: the kind says which one, except for a summary.
    return kind === "summary" ? `${summaryOf(a)} → ${summaryOf(b)}` : "";
  }
  const value = (side: "recorded" | "actual") =>
    side in first ? compactJson(first[side], 80) : "nothing";
  const more = differencesCount > 1 ? `, and ${differencesCount - 1} more` : "";
  const place = first.path === "" ? "" : `${first.path}: `;
  return `${place}${value("recorded")} → ${value("actual")}${more}`;
}

function summaryOf({ summary }: RunReader): string {
  return summary ? summary.status : "none";
}

function latenciesOf(comparison: RunComparison): [string, LatencyShift][] {
  return [
    ["all", comparison.latency],
    ...Object.entries(comparison.latencyByStep).slice(0, STEPS_SHOWN),
  ];
}

function shiftsOf({ a, b }: LatencyShift): string[] {
  const keys = ["p50_latency_ms", "p95_latency_ms", "p99_latency_ms"] as const;
  return keys.map((key) => `${millis(a[key])} → ${millis(b[key])}`);
}

function millis(latency_ms: number | null): string {
  return latency_ms === null ? "-" : formatDuration(latency_ms);
}
