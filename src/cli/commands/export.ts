/**
 * `wta export`: copies one instance into a run of its own, or writes runs in
 * formats that others read.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { appendFile, stat } from "node:fs/promises";
import {
  exportInstance,
  exportJunit,
  exportOtlp,
  exportParquet,
  githubReport,
  openRun,
} from "../../../mod.ts";
import { commandLine } from "../advice.ts";
import type { Arguments } from "../arguments.ts";
import type { Command, Context } from "../command.ts";
import { EXIT, UsageError } from "../exit_codes.ts";
import { withSuggestion } from "../find_instance.ts";
import { findRun } from "../find_run.ts";
import { sizeOf } from "../run_header.ts";
import { formatBytes, formatInteger, pluralize } from "../terminal/format.ts";
import { dim, green, red, yellow } from "../terminal/text.ts";

/** `wta export <run> <id> <dir>`, `wta export <run> --junit <file>`, … */
export const exportCommand: Command = {
  name: "export",
  positionals: ["<run>…"],
  about: "Copies one instance, or writes a run in another format",
  examples: [
    "wta export latest inst_004 bug_4711",
    "wta export latest --junit junit.xml",
    "wta export run_20240114_001 run_20240115_001 --parquet tables",
  ],
  details: `
wta export <run> <id> <dir> copies one instance into a new run, to report a bug.

wta export <run>… --parquet <dir> writes runs as tables for DuckDB, ClickHouse
and others: instances/, steps/ and assertions/, by date and run. A run that is
there as it is now is left alone; one that has changed is replaced.

wta export <run> --otlp <file|url> writes a run as traces of OpenTelemetry, or
sends them to a collector, such as http://localhost:4318. Headers are taken from
OTEL_EXPORTER_OTLP_HEADERS.

wta export <run> --junit <file> writes a report that GitLab, Jenkins and others
show: a test case for each instance, attempts that failed before as reruns, the
files of failed steps as attachments. Run it where the paths of the run are
those of the project.

wta export <run> --github, in a step of GitHub Actions, adds a table of causes
to the summary of the job (the file of GITHUB_STEP_SUMMARY) and annotates each.
`,
  options: {
    parquet: { value: "dir", about: "write the runs as tables in Parquet" },
    otlp: {
      value: "file|url",
      about: "write the run as OTLP/JSON, or send it to a collector",
    },
    junit: { value: "file", about: "write the run as a JUnit report" },
    github: { about: "add a job summary and annotations" },
  },

  async run(args, context) {
    const formats = FORMATS.filter((name) =>
      args.text(name) !== undefined || args.flag(name)
    );
    if (formats.length > 1) {
      throw new UsageError(
        `Cannot run "wta export" with both --${formats.join(" and --")}`,
        "Export the run once for each format",
      );
    }
    const tables = args.text("parquet");
    if (tables !== undefined) return await exportTables(args, tables, context);
    const traces = args.text("otlp");
    if (traces !== undefined) return await exportTraces(args, traces, context);
    const report = args.text("junit");
    if (report !== undefined) return await exportReport(args, report, context);
    if (args.flag("github")) return await exportToGithub(args, context);
    return await exportOne(args, context);
  },
};

/** What GitHub takes of a step. */
const SUMMARY_BYTES_MAX = 1024 * 1024;

/** Options of which one may be given. */
const FORMATS: readonly string[] = ["parquet", "otlp", "junit", "github"];

async function exportOne(
  args: Arguments,
  { out, progress, dir }: Context,
): Promise<number> {
  const [name, id, target, extra] = args.positionals;
  if (id === undefined || target === undefined || extra !== undefined) {
    throw new UsageError(
      extra === undefined
        ? `Cannot run "wta export" without ${
          id === undefined ? "<id> and " : ""
        }<dir>`
        : `Cannot run "wta export" with "${extra}": it copies one instance`,
      "Use: wta export <run> <id> <dir>, or wta export <run>… --parquet <dir>",
    );
  }
  const run = await openRun((await findRun(name!, dir)).path);
  const path = await progress.during(
    "exporting",
    undefined,
    () => withSuggestion(run, id, () => exportInstance(run, id, target)),
  );
  out.line([
    green(path),
    `  ${formatBytes(await sizeOf(await openRun(path)))}`,
  ]);
  out.line([dim("show  "), commandLine("instance", path, id)]);
  return EXIT.good;
}

async function exportTables(
  args: Arguments,
  tables: string,
  { out, progress, dir }: Context,
): Promise<number> {
  for (const name of args.positionals) {
    const run = await openRun((await findRun(name, dir)).path);
    const { unchanged, rows } = await progress.during(
      `exporting ${run.run_id}`,
      undefined,
      () => exportParquet(run, tables),
    );
    const counts = unchanged ? dim("there already") : [
      pluralize(rows.instances, "instances"),
      pluralize(rows.steps, "steps"),
      pluralize(rows.assertions, "assertions"),
    ].join(", ");
    const state = run.state === "completed" ? "" : yellow(`, ${run.state}`);
    out.line([green(run.run_id), "  ", counts, state]);
  }
  return EXIT.good;
}

async function exportTraces(
  args: Arguments,
  target: string,
  { out, err, progress, dir, env }: Context,
): Promise<number> {
  const name = onlyRun(args, "otlp", "file|url");
  const headers = headersOf(env.OTEL_EXPORTER_OTLP_HEADERS ?? "");
  out.conceal(Object.values(headers));
  err.conceal(Object.values(headers));
  const run = await openRun((await findRun(name, dir)).path);
  const { spans, instances, rejected, abandonedSteps } = await progress.during(
    "exporting",
    undefined,
    () =>
      exportOtlp(run, target, {
        headers,
        onInstance: () => progress.advance(),
      }),
  );
  out.line([
    green(run.run_id),
    `  ${pluralize(spans, "spans")} of ${pluralize(instances, "instances")}`,
    run.state === "completed" ? "" : yellow(`, ${run.state}`),
  ]);
  if (abandonedSteps > 0) {
    out.line(
      yellow(
        `Left out: ${
          pluralize(abandonedSteps, "steps")
        } of attempts that were interrupted`,
      ),
    );
  }
  if (rejected.spans === 0) return EXIT.good;
  out.line(
    red(
      `The collector refused ${
        pluralize(rejected.spans, "spans")
      }: ${rejected.reason}`,
    ),
  );
  return EXIT.failed;
}

async function exportReport(
  args: Arguments,
  file: string,
  { out, progress, dir }: Context,
): Promise<number> {
  const name = onlyRun(args, "junit", "file");
  const run = await openRun((await findRun(name, dir)).path);
  const { tests, failures, errors, skipped, flaky } = await progress.during(
    "exporting",
    undefined,
    () => exportJunit(run, file, { onInstance: () => progress.advance() }),
  );
  const counts = [
    pluralize(tests, "test cases"),
    pluralize(failures, "failures"),
    pluralize(errors, "errors"),
    `${formatInteger(skipped)} skipped`,
    `${formatInteger(flaky)} flaky`,
  ];
  out.line([
    green(file),
    `  ${counts.join(", ")}`,
    run.state === "completed" ? "" : yellow(`, ${run.state}`),
  ]);
  return EXIT.good;
}

/** Without a file for it, the summary is printed. */
async function exportToGithub(
  args: Arguments,
  { out, progress, dir, env }: Context,
): Promise<number> {
  const run = await openRun((await findRun(onlyRun(args, "github"), dir)).path);
  const file = env.GITHUB_STEP_SUMMARY;
  const { summary, annotations } = await progress.during(
    "reading",
    undefined,
    async () => githubReport(run, { bytesMax: await summaryBytesMax(file) }),
  );
  for (const line of annotations) out.line(line);
  if (file) await appendFile(file, summary);
  else for (const line of summary.trimEnd().split("\n")) out.line(line);
  return EXIT.good;
}

/** What the step has already written counts too. */
async function summaryBytesMax(file: string | undefined): Promise<number> {
  if (!file || !existsSync(file)) return SUMMARY_BYTES_MAX;
  return Math.max(0, SUMMARY_BYTES_MAX - (await stat(file)).size);
}

/** The name of the run, where a format takes one. */
function onlyRun(args: Arguments, option: string, value?: string): string {
  const [name, extra] = args.positionals;
  if (extra === undefined) return name!;
  throw new UsageError(
    `Cannot run "wta export" with "${extra}": --${option} takes one run`,
    `Use: wta export <run> --${option}${value ? ` <${value}>` : ""}`,
  );
}

/** `name=value,…` with percent-encoded values, as OpenTelemetry has it. */
function headersOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").filter((part) => part.includes("=")).map((part) => {
      const at = part.indexOf("=");
      return [
        part.slice(0, at).trim(),
        percentDecoded(part.slice(at + 1).trim()),
      ];
    }),
  );
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
