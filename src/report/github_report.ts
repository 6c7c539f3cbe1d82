/**
 * Makes a job summary and annotations for GitHub Actions.
 *
 * @module
 */
import * as v from "valibot";
import {
  analyzeRun,
  type FailureCause,
  type RunAnalysis,
} from "../analyze/mod.ts";
import { assertReader } from "../check/assert_reader.ts";
import { assertOptions, wholeNumberOption } from "../check/options.ts";
import { code, markdownTable } from "../json/markdown.ts";
import { shorten } from "../json/preview.ts";
import { printable } from "../json/printable.ts";
import type { RunReader } from "../read/mod.ts";

/** GitHub refuses a longer summary of a step: 1 MiB. */
const SUMMARY_BYTES_MAX = 1024 * 1024;
/** GitHub shows so many annotations of a kind for each step. */
const ANNOTATIONS_MAX = 10;
const CAUSES_MAX = 500;
const NAME_LENGTH_MAX = 100;
const REASON_LENGTH_MAX = 200;

/** Options of {@linkcode githubReport}. */
export interface GithubReportOptions {
  /**
   * Bytes that the summary may have. Default: 1 MiB, the limit of GitHub for all
   * that a step writes to it.
   */
  bytesMax?: number;
}

const GithubReportOptionsSchema: v.GenericSchema<GithubReportOptions> = v
  .strictObject({
    bytesMax: v.optional(wholeNumberOption(0, SUMMARY_BYTES_MAX)),
  });

/** What GitHub shows of a run. */
export interface GithubReport {
  /** Markdown, to be appended to the file that `GITHUB_STEP_SUMMARY` names. */
  summary: string;
  /**
   * Commands to be written to stdout, one in a line: an error for each cause of
   * failures, a warning for flaky instances and one for those that never completed;
   * at most ten of each kind.
   */
  annotations: string[];
}

/**
 * Makes a job summary and annotations of a run for GitHub Actions, within its
 * limits: 1 MiB of summary, and ten annotations of each kind for a step.
 *
 * @param run The run, opened.
 * @throws {ArtifactError} `INVALID_OPTION`, `CORRUPT_LINE`, `CORRUPT_FILE`,
 * `READ_FAILED`
 *
 * @example
 * ```ts
 * import { createRun, githubReport, openRun } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * await run.instance({ scenario_id: "checkout" }, async (instance) => {
 *   await instance.step("pay", (step) => step.assertEquals("status", 502, 201));
 * });
 * await run.finalize();
 *
 * const { annotations } = await githubReport(await openRun(run.path));
 * console.log(annotations[0]);
 * // ::error title=pay%3A status::expected 201, got 502 (1 instance of checkout, such as inst_001)
 * ```
 */
export async function githubReport(
  run: RunReader,
  options: GithubReportOptions = {},
): Promise<GithubReport> {
  assertReader("githubReport", run);
  assertOptions("githubReport", GithubReportOptionsSchema, options);
  const { bytesMax = SUMMARY_BYTES_MAX } = options;
  const analysis = await analyzeRun(run);
  return {
    summary: summaryOf(run, analysis, bytesMax),
    annotations: annotationsOf(run, analysis),
  };
}

function annotationsOf(
  run: RunReader,
  { failures: { causes, total }, totals, inFlight }: RunAnalysis,
): string[] {
  const shown = causes.length > ANNOTATIONS_MAX
    ? causes.slice(0, ANNOTATIONS_MAX - 1)
    : causes;
  const commands = shown.map((cause) =>
    command("error", titleOf(cause), `${cause.reason} (${exampleOf(cause)})`)
  );
  if (shown.length < causes.length) {
    const rest = total - shown.reduce((sum, { count }) => sum + count, 0);
    commands.push(
      command(
        "error",
        `${causes.length - shown.length} more causes`,
        `${instances(rest)} failed for other reasons`,
      ),
    );
  }
  if (totals.flaky_count > 0) {
    commands.push(
      command(
        "warning",
        "flaky",
        `${instances(totals.flaky_count)} passed only when tried again`,
      ),
    );
  }
  if (inFlight.total > 0 || run.state !== "completed") {
    commands.push(
      command(
        "warning",
        "not complete",
        `the run is ${run.state}, ${instances(inFlight.total)} never completed`,
      ),
    );
  }
  return commands;
}

function summaryOf(
  run: RunReader,
  { totals, failures, inFlight }: RunAnalysis,
  bytesMax: number,
): string {
  const judged = totals.pass_count + totals.fail_count;
  const rate = judged === 0
    ? "-"
    : `${Math.floor(10_000 * totals.pass_count / judged) / 100} %`;
  const head = [
    `### ${failures.total} of ${instances(totals.total_instances)} failed: ${
      code(run.run_id)
    }`,
    "",
    ...markdownTable(
      [
        "state",
        "instances",
        "passed",
        "failed",
        "flaky",
        "never completed",
        "steps",
        "pass rate",
      ],
      [[
        run.state,
        totals.total_instances,
        totals.pass_count,
        totals.fail_count,
        totals.flaky_count,
        inFlight.total,
        totals.total_steps,
        rate,
      ].map(String)],
    ),
    "",
  ];
  const rows = failures.causes.slice(0, CAUSES_MAX).map((cause) => [
    String(cause.count),
    code(cause.scenarios.map(name).slice(0, 5).join(", ")),
    code(name(cause.step_name ?? "-")),
    String(cause.status_code ?? "-"),
    code(name(cause.assertion_name ?? "-")),
    code(name(cause.examples[0]!)),
    code(shorten(cause.reason, REASON_LENGTH_MAX)),
  ]);
  const table = rows.length === 0 ? [] : markdownTable(
    ["count", "scenario", "step", "status", "assertion", "example", "reason"],
    rows,
  );
  const encoder = new TextEncoder();
  const bytesOf = (lines: readonly string[]) =>
    encoder.encode(`${lines.join("\n")}\n`).length;
  // The note on what is left out has room.
  let room = bytesMax - bytesOf(head) - 100;
  if (room < 0) return "";
  const kept = table.filter((line) => (room -= bytesOf([line])) >= 0);
  const listed = Math.max(0, kept.length - 2);
  const left = failures.causes.length - listed;
  return `${
    [
      ...head,
      ...(listed > 0 ? [...kept, ""] : []),
      ...(left > 0 ? [`${left} more causes are not listed`, ""] : []),
    ].join("\n")
  }\n`;
}

/** A command of GitHub Actions: a line that begins with two colons. */
function command(kind: string, title: string, message: string): string {
  const property = data(title).replaceAll(":", "%3A").replaceAll(",", "%2C");
  return `::${kind} title=${property}::${data(message)}`;
}

/** In one line: what would end it is an escape already. */
function data(text: string): string {
  return printable(shorten(text, 2 * REASON_LENGTH_MAX), true)
    .replaceAll("%", "%25");
}

function titleOf({ step_name, assertion_name }: FailureCause): string {
  const parts = [step_name, assertion_name].filter((part) => part !== null);
  return parts.map(name).join(": ") || "failed";
}

/** `2 instances of checkout, such as inst_004` */
function exampleOf({ count, scenarios, examples }: FailureCause): string {
  const of = scenarios.slice(0, 3).map(name).join(", ");
  return `${instances(count)} of ${of}, such as ${examples[0]}`;
}

function instances(count: number): string {
  return `${count} ${count === 1 ? "instance" : "instances"}`;
}

function name(text: string): string {
  return shorten(text, NAME_LENGTH_MAX);
}
