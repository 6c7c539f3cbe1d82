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
  type RunComparison,
  type RunReader,
} from "../../../mod.ts";
import { shorten } from "../../json/preview.ts";
import { causeRows, causesNote, kindWords } from "../causes_view.ts";
import type { Command } from "../command.ts";
import { GATES_DEFAULT, parseGates } from "../compare_gates.ts";
import { EXIT } from "../exit_codes.ts";
import { findRun } from "../find_run.ts";
import {
  formatDuration,
  formatInteger,
  formatPercent,
  pluralize,
} from "../terminal/format.ts";
import { stateName } from "../run_header.ts";
import { code, markdownTable } from "../../json/markdown.ts";
import type { Screen } from "../terminal/screen.ts";
import { Table } from "../terminal/table.ts";
import { bold, dim, green, red } from "../terminal/text.ts";

const STEPS_SHOWN = 10;
const NAME_LENGTH_MAX = 100;
/** A comment on a pull request takes 65,536 characters, and this is most of it. */
const TABLE_CHARS_MAX = 45_000;
const MAIN_KINDS: readonly ChangeKind[] = [
  "newlyFailing",
  "extraFailing",
  "newlyPassing",
  "changedStatus",
];

/** `wta compare <a> <b>` */
export const compare: Command = {
  name: "compare",
  positionals: ["<a>", "<b>"],
  about: "The changes from run a to run b",
  examples: [
    "wta compare run_20240114_001 latest",
    "wta compare run_20240114_001 latest --markdown --ignore headers.date",
    "wta compare run_20240114_001 latest --fail-on newly-failing,pass-rate-1",
  ],
  options: {
    ignore: {
      value: "path",
      about: "a place that is not compared, such as headers.date",
    },
    "fail-on": {
      value: "what",
      about: `exit 1 on these (default: ${GATES_DEFAULT})`,
    },
    markdown: { about: "as Markdown, for a pull request" },
    json: { about: "the full comparison as JSON" },
  },

  details: `--fail-on takes, separated by commas:
  newly-failing   an instance fails in b that did not, or was not, in a
  missing         b lacks an instance or verdict of a, or did not complete
  changed-status  a step has another status code, ok or errors
  p95+20%         p95 of a step rose by more than 20 %, and more than noise
  pass-rate-1     the pass rate fell by more than 1 percentage point
  any             anything has changed, except times and latencies`,

  async run(args, { out, progress, dir }) {
    const gates = parseGates(args.texts("fail-on"));
    const ignore = args.texts("ignore");
    const slowerPercent = gates.find((gate) => gate.slowerPercent)
      ?.slowerPercent;
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
      () =>
        compareRuns(a, b, {
          ignore,
          ...(slowerPercent !== undefined && { slowerPercent }),
        }),
    );
    if (asJson) out.prettyJson(comparison);
    else if (asMarkdown) {
      for (const line of markdown(a, b, comparison)) out.line(line);
    } else writeComparison(out, comparison);
    const failures = gates.flatMap((gate) => {
      const failure = gate.failure(comparison, b);
      return failure === null ? [] : [`${gate.name}: ${failure}`];
    });
    if (!asJson && failures.length > 0) {
      const text = `fails on ${failures.join("; ")}`;
      out.line();
      out.line(asMarkdown ? code(text) : red(text));
    }
    return failures.length === 0 ? EXIT.good : EXIT.checkFailed;
  },
};

function writeComparison(
  out: Screen,
  comparison: RunComparison,
): void {
  if (comparison.identical) {
    out.line(
      comparison.ignoredCount > 0
        ? "No changes, except times, latencies and ignored places"
        : green("No changes, except times and latencies"),
    );
  } else {
    const table = new Table(out, [
      { title: "failing", align: "right" },
      { title: "instances", align: "right" },
      { title: "example", dropPriority: 1 },
      { title: "change from a to b", overflowBelow: true },
    ]);
    for (const { failing, instances, example, text } of causeRows(comparison)) {
      table.row([failing, instances, example, text]);
    }
    table.end();
    const note = causesNote(comparison);
    if (note !== "") out.line(dim(note));
    out.line();
    out.line(countsText(comparison));
  }
  if (comparison.ignoredCount > 0) out.line(dim(ignoredNote(comparison)));
  const abandoned = abandonedNote(comparison);
  if (abandoned) out.line(dim(abandoned));
  out.line();
  const table = new Table(out, [
    { title: "latency", shrinks: true },
    { title: "p50", align: "right" },
    { title: "p95", align: "right", dropPriority: 1 },
    { title: "p99", align: "right" },
    { title: "slower" },
  ]);
  for (const [name, shift, slower] of latenciesOf(comparison)) {
    const text = slower === "yes" ? red(slower) : slower;
    table.row([name, ...shiftsOf(shift), text]);
  }
  table.end();
}

function markdown(
  a: RunReader,
  b: RunReader,
  comparison: RunComparison,
): string[] {
  const verdict = comparison.identical ? "No changes" : countsText(comparison);
  const abandoned = abandonedNote(comparison);
  const note = causesNote(comparison);
  const rows = causeRows(comparison).map((
    { failing, instances, example, text },
  ) => [failing, instances, code(example), code(text)]);
  const titles = ["failing", "instances", "example", "change from a to b"];
  return [
    `### ${verdict}: ${code(a.run_id)} to ${code(b.run_id)}`,
    "",
    ...(rows.length === 0
      ? []
      : [...fitted(markdownTable(titles, rows), TABLE_CHARS_MAX), ""]),
    ...(note === "" ? [] : [note, ""]),
    ...markdownTable(["run", "totals"], [
      [code(a.run_id), totalsOf(a)],
      [code(b.run_id), totalsOf(b)],
    ]),
    "",
    ...(comparison.ignoredCount > 0 ? [ignoredNote(comparison), ""] : []),
    ...(abandoned ? [abandoned, ""] : []),
    ...markdownTable(
      ["latency", "p50", "p95", "p99", "slower"],
      latenciesOf(comparison).map((
        [name, shift, slower],
      ) => [code(shorten(name, NAME_LENGTH_MAX)), ...shiftsOf(shift), slower]),
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

/** `4 newly failing, 3 changed status` */
function countsText(comparison: RunComparison): string {
  return countsOf(comparison).map(([kind, count]) =>
    `${formatInteger(count)} ${kindWords(kind)}`
  ).join(", ");
}

function ignoredNote({ ignoredCount }: RunComparison): string {
  return `Not compared: ${
    pluralize(ignoredCount, "records")
  } that differ in ignored places alone`;
}

/** The first lines, as long as they have no more characters than that. */
function fitted(lines: readonly string[], charsMax: number): string[] {
  let chars = 0;
  const kept = lines.filter((line) => (chars += line.length + 1) <= charsMax);
  const left = lines.length - kept.length;
  return left === 0 ? kept : [...kept, "", `${left} more rows: --json`];
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

/** Steps that are slower come first; `"-"` is not tested. */
function latenciesOf(
  { latency, latencyByStep, slowdowns }: RunComparison,
): [name: string, shift: LatencyShift, slower: string][] {
  const rows = Object.entries(latencyByStep).map((
    [name, shift],
  ): [string, LatencyShift, string] => {
    const slowdown = slowdowns[name];
    return [name, shift, slowdown ? slowdown.isSlower ? "yes" : "no" : "-"];
  });
  const isSlower = ([, , slower]: [string, LatencyShift, string]) =>
    slower === "yes";
  const sorted = [
    ...rows.filter(isSlower),
    ...rows.filter((row) => !isSlower(row)),
  ];
  return [["all", latency, "-"], ...sorted.slice(0, STEPS_SHOWN)];
}

function shiftsOf({ a, b }: LatencyShift): string[] {
  const keys = ["p50_latency_ms", "p95_latency_ms", "p99_latency_ms"] as const;
  return keys.map((key) => `${millis(a[key])} → ${millis(b[key])}`);
}

function millis(latency_ms: number | null): string {
  return latency_ms === null ? "-" : formatDuration(latency_ms);
}
