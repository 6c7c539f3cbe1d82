/** Every source has its test: `tests/x/y_test.ts` for `src/x/y.ts`, or a row here. */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join, posix, sep } from "node:path";
import { test } from "node:test";
import { ROOT } from "./support/runtimes.ts";

/** Sources that the test of another one, or of a whole path, holds. */
interface Row {
  /** A test below `tests/`. */
  test: string;
  /** Why that is enough. */
  why: string;
  /** Sources below `src/`, each with the text of the test that uses it. */
  holds: Record<string, string>;
}

const ROWS: Row[] = [
  {
    test: "contract/adapter_test.ts",
    why: "one contract for all adapters, each on its own runtime",
    holds: {
      "adapters/bun.ts": "runtimeFileSystem",
      "adapters/deno.ts": "runtimeFileSystem",
      "adapters/node.ts": "runtimeFileSystem",
      "adapters/runtime.ts": "runtimeFileSystem",
    },
  },
  {
    test: "check/options_test.ts",
    why: "every public function refuses wrong options, with the path",
    holds: {
      "check/validate.ts": "is not an option",
      "storage/options.ts": '["fss", "fs"]',
    },
  },
  {
    test: "cli/cli_test.ts",
    why: "transcripts hold what each command writes, to the letter",
    holds: {
      "cli/advice.ts": '"mistakes.txt"',
      "cli/arguments.ts": '"mistakes.txt"',
      "cli/causes_view.ts": '"compare.txt"',
      "cli/commands/brief.ts": '"brief.txt"',
      "cli/commands/check.ts": '"check.txt"',
      "cli/commands/compare.ts": '"compare.txt"',
      "cli/compare_gates.ts": "--fail-on pass-rate-33",
      "cli/commands/diff.ts": '"diff.txt"',
      "cli/commands/export.ts": '"export.txt"',
      "cli/damaged_run.ts": "run_summary_lost",
      "cli/commands/failures.ts": '"failures.txt"',
      "cli/commands/follow.ts": '"follow"',
      "cli/commands/history.ts": '"history.txt"',
      "cli/sparkline.ts": '"history.txt"',
      "cli/commands/instance.ts": '"instance.txt"',
      "cli/commands/merge.ts": '"merge.txt"',
      "cli/commands/report.ts": '"report.txt"',
      "cli/commands/links.ts": '"links.txt"',
      "cli/links_view.ts": '"links.txt"',
      "cli/replay_all.ts": "replay_all.txt",
      "cli/replay_learn.ts": "--learn",
      "cli/replay_one.ts": "replay.txt",
      "cli/replay_rules.ts": "--rules",
      "cli/replay_view.ts": "replay.txt",
      "cli/commands/list.ts": '"list.txt"',
      "cli/commands/records.ts": '"records.txt"',
      "cli/commands/recover.ts": '"recover.txt"',
      "cli/commands/replay.ts": '"replay.txt"',
      "cli/commands/search.ts": '"search.txt"',
      "cli/commands/schema.ts": '"schema.txt"',
      "cli/commands/show.ts": '"show.txt"',
      "cli/commands/verify.ts": "verify run_20240115_001",
      "cli/exit_codes.ts": '"mistakes.txt"',
      "cli/artifacts_view.ts": '"evidence.txt"',
      "cli/error_lines.ts": '"evidence.txt"',
      "cli/fail_on.ts": '"fail_on.txt"',
      "cli/find_instance.ts": "inst_4",
      "cli/histogram.ts": '"show.txt"',
      "cli/instance_view.ts": '"instance.txt"',
      "cli/main.ts": "MAIN",
      "json/markdown.ts": '"compare_markdown.txt"',
      "cli/read_analysis.ts": '"show.txt"',
      "cli/serve_report.ts": "report --watch",
      "cli/run_header.ts": '"damaged.txt"',
      "cli/step_table.ts": "--steps",
      "cli/step_messages_view.ts": "inst_011 --full",
      "cli/suggest.ts": '"shwo latest"',
      "cli/totals.ts": '"show.txt"',
    },
  },
  {
    test: "cli/help_test.ts",
    why: "a real bash completes with them, and every example of the help runs",
    holds: {
      "cli/completions.ts": "completions bash",
      "cli/commands/completions.ts": "completions csh",
    },
  },
  {
    test: "cli/secrets_test.ts",
    why:
      "the one reader of secrets from the environment, with and without them",
    holds: { "cli/environment.ts": "--scan-env" },
  },
  {
    test: "cli/terminal_test.ts",
    why: "every width, colour and hostile text goes through all of these",
    holds: {
      "cli/terminal/format.ts": "callWta",
      "json/printable.ts": "recordHostileRun",
      "cli/terminal/progress.ts": "Progress",
      "cli/terminal/render.ts": "stringWidth",
      "cli/terminal/screen.ts": "Screen",
      "cli/terminal/table.ts": "stringWidth",
      "cli/terminal/text.ts": "coloured",
    },
  },
  {
    test: "transfer/export_junit_test.ts",
    why: "the elements and the reasons are those of the report",
    holds: {
      "transfer/failure_reasons.ts": "more reasons",
      "transfer/junit_cases.ts": "rerunError",
      "transfer/junit_xml.ts": "flakyFailure",
      "transfer/write_texts.ts": "WRITE_FAILED",
    },
  },
  {
    test: "analyze/failures_test.ts",
    why: "the reason of a step is that of the failure it explains",
    holds: { "format/step_reason.ts": "not ok" },
  },
  {
    test: "record/requests_form_test.ts",
    why: "each form of requests is read by every reader, and is the same run",
    holds: {
      "format/step_message.ts": "large_001.json",
      "record/held_files.ts": "HELD_BYTES_MAX",
    },
  },
  {
    test: "transfer/export_parquet_test.ts",
    why: "the columns of requests from files and from lines are alike",
    holds: { "read/read_message.ts": "MESSAGES" },
  },
  {
    test: "record/open_runs_test.ts",
    why: "processes that exit with an open run, on the runtime at hand",
    holds: { "adapters/process_exit.ts": "process exits" },
  },
  {
    test: "system/mistakes_test.ts",
    why: "every function that takes an opened run is given something else",
    holds: {
      "check/assert_reader.ts": "not an opened run",
      "record/observation_names.ts": "latencyMs",
    },
  },
  {
    test: "compare/latency_pairs_test.ts",
    why: "the test of signed ranks is what pairs are judged by",
    holds: { "compare/signed_rank.ts": "signedRankTest" },
  },
  {
    test: "compare/compare_runs_test.ts",
    why: "all kinds of changes, and latencies, are asked for by compareRuns()",
    holds: {
      "compare/comparison.ts": "compareRuns",
      "compare/latencies.ts": "latency",
      "compare/normal_run.ts": "compareRuns",
      "compare/run_changes.ts": "changes",
      "read/attempts.ts": "abandoned",
    },
  },
  {
    test: "compare/causes_test.ts",
    why: "pairs of runs whose one change is known, grouped by compareRuns()",
    holds: {
      "compare/change_groups.ts": "delta",
      "compare/grouped_changes.ts": "consequences",
      "compare/outcomes.ts": "newlySkipped",
      "compare/change_recorder.ts": "ignoredCount",
      "compare/verdicts.ts": "retry_of",
      "format/assertion_reason.ts": "expected 101, got 100",
    },
  },
  {
    test: "analyze/analyze_run_test.ts",
    why: "each summary that is not believed has all records read",
    holds: { "analyze/believed_summary.ts": "recordsRead" },
  },
  {
    test: "analyze/check_run_test.ts",
    why: "the requirements are parsed there as they are checked",
    holds: { "analyze/requirement.ts": "parseRequirement" },
  },
  {
    test: "analyze/run_history_test.ts",
    why: "the verdicts of keys are what a history is made of",
    holds: { "analyze/key_history.ts": "failsSince" },
  },
  {
    test: "report/brief_run_test.ts",
    why: "a brief is these parts: causes, changes, fences, tokens",
    holds: {
      "report/brief_cause.ts": "names the step and the field",
      "report/brief_changes.ts": "last green run",
      "report/brief_text.ts": "```recorded",
    },
  },
  {
    test: "analyze/diff_instances_test.ts",
    why: "the nearest that passed is looked for, and steps are paired",
    holds: { "analyze/instance_pairing.ts": "nearest" },
  },
  {
    test: "analyze/search_run_test.ts",
    why: "every text that is searched for goes through both",
    holds: {
      "analyze/byte_search.ts": "Needle",
      "analyze/search_pattern.ts": "searchRun",
    },
  },
  {
    test: "compare/line_hash_test.ts",
    why: "any line is hashed, and held against a definition of its own",
    holds: {
      "compare/line_heads.ts": "LineHeads",
      "compare/line_text.ts": "correlation_id",
      "compare/tree_hash.ts": "naive_hash",
    },
  },
  {
    test: "record/encode_test.ts",
    why:
      "the cheap check of each kind is held against its schema, field by field",
    holds: {
      "format/assertion_record.ts": "ASSERTION",
      "format/fields.ts": "STEP",
      "format/instance_record.ts": "INSTANCE",
      "format/step_record.ts": "STEP",
      "record/invalid_record.ts": "INVALID_RECORD",
    },
  },
  {
    test: "format/json_schema_test.ts",
    why: "the schemas accept what is written, and refuse each wrong field",
    holds: { "format/manifest.ts": "manifest", "format/summary.ts": "summary" },
  },
  {
    test: "format/tally_test.ts",
    why: "the tally is the only user, and counts more scenarios than have rows",
    holds: { "format/scenario_rows.ts": "(other)" },
  },
  {
    test: "read/instance_ledger_test.ts",
    why: "the ledger is filled with a row of every kind",
    holds: {
      "format/id_chunks.ts": "inst_",
      "format/instance_index.ts": "InstanceIndex",
    },
  },
  {
    test: "http/failures_test.ts",
    why: "failures of every kind, against real servers",
    holds: {
      "http/exchange.ts": "sendHttp",
      "http/given_answer.ts": "must give a Response",
      "http/runtime_fetch.ts": "bad port",
      "http/transport_error.ts": "refused",
    },
  },
  {
    test: "http/request_body_test.ts",
    why: "bodies of every kind are sent, and recorded as sent",
    holds: {
      "http/byte_source.ts": "ReadableStream",
      "http/multipart.ts": "FormData",
      "http/outgoing_request.ts": "sendHttp",
    },
  },
  {
    test: "http/send_http_test.ts",
    why: "bodies that JSON holds, holds not exactly, and does not hold",
    holds: { "http/recorded_body.ts": "recordBody" },
  },
  {
    test: "redact/structured_text_test.ts",
    why: "well-known keys are looked for in each of these forms",
    holds: { "redact/secret_keys.ts": "client_secret" },
  },
  {
    test: "redact/redactor_test.ts",
    why: "headers in every form are redacted by the redactor of a run",
    holds: { "redact/headers.ts": "headers" },
  },
  {
    test: "verify/scan_secrets_test.ts",
    why: "a secret is found in all its forms",
    holds: {
      "verify/encoded_text.ts": "as HTML",
      "verify/secret_forms.ts": "in UTF-16",
    },
  },
  {
    test: "repair/recover_run_test.ts",
    why: "files are damaged at every kind of line",
    holds: {
      "repair/damage.ts": "instanceIds",
      "repair/locked_run.ts": "recoverRun",
      "repair/repair.ts": "tornTails",
      "repair/cut_file.ts": "savedAs",
      "repair/lost_steps.ts": "a step that an assertion names",
    },
  },
  {
    test: "report/report_test.ts",
    why: "reports are looked at in a browser",
    holds: {
      "report/cause_groups.ts": "likeness",
      "report/page.ts": "PAGE_SCRIPT",
      "report/page_frame.ts": "recorded text never runs",
      "report/select.ts": "byWorth",
      "report/timeline.ts": "Over time",
    },
  },
  {
    test: "report/write_report_test.ts",
    why: "a report is read, and compared with its run",
    holds: {
      "report/baseline.ts": "baseline",
      "report/budget.ts": "Budget",
      "report/byte_buffer.ts": "TextColumn",
      "report/chunks.ts": "beforeChunk",
      "report/collect.ts": "index.causes",
      "report/columns.ts": "TextIndex",
      "report/columns_text.ts": "instances.verdict",
      "report/damage_list.ts": "index.damage",
      "report/details.ts": "shown.steps",
      "report/html_writer.ts": "reportOf",
      "report/instance_files.ts": "shown.files",
      "report/instance_lines.ts": "trace.steps",
      "report/instance_table.ts": "instances.id",
      "report/model.ts": "VERDICTS",
      "report/raw_lines.ts": "other writers' lines",
    },
  },
  {
    test: "seal/seal_run_test.ts",
    why: "the hashes are computed once more, and every change is found by them",
    holds: {
      "adapters/load_sha256.ts": "sha256",
      "adapters/sha256.ts": "sha256",
      "seal/artifacts_sum.ts": "2n ** 256n",
      "verify/verify_seal.ts": "SEAL_BROKEN",
    },
  },
  {
    test: "transfer/export_otlp_test.ts",
    why: "messages by the schema of OTLP, a collector that is busy or refuses",
    holds: {
      "read/grouped_records.ts": "every span is there once",
      "transfer/otlp_spans.ts": "assertions are events",
      "transfer/send_otlp.ts": "busy",
    },
  },
  {
    test: "transfer/export_parquet_test.ts",
    why: "DuckDB reads every column of every table",
    holds: { "transfer/parquet_tables.ts": "status_code" },
  },
  {
    test: "transfer/merge_runs_test.ts",
    why: "a merge is compared with the run of one process",
    holds: {
      "transfer/merge_artifacts.ts": "copied",
      "transfer/merge_counts.ts": "retry_of",
      "transfer/merge_manifest.ts": "merged_from",
    },
  },
  {
    test: "transfer/merge_refusals_test.ts",
    why: "a merge is refused, and changes nothing",
    holds: {
      "transfer/lines.ts": "CORRUPT_LINE",
      "transfer/merge_sources.ts": "MERGE_REFUSED",
    },
  },
  {
    test: "transfer/merge_crash_test.ts",
    why: "a merge is crashed at any operation",
    holds: {
      "storage/remove_tree.ts": "the next merge works",
      "transfer/make_aside.ts": "no half run",
    },
  },
  {
    test: "storage/patient_test.ts",
    why: "every verb is forwarded to a real disk",
    holds: { "storage/forwarding.ts": "forwarding" },
  },
  {
    test: "repair/take_over_test.ts",
    why: "a writer that was taken over is told, and leaves nothing behind",
    holds: {
      "repair/replace_files.ts": "makeStale",
    },
  },
  {
    test: "storage/anchored_test.ts",
    why: "with and without a file system that is given",
    holds: { "adapters/file_system_of.ts": "isGiven" },
  },
  {
    test: "record/running_step_test.ts",
    why: "steps that fetch, in the callback form and through a client library",
    holds: {
      "record/assert_function.ts": "must have a function",
      "adapters/async_context.ts": "recordFetch",
      "adapters/load_async_context.ts": "recordFetch",
      "record/current_step.ts": "recordFetch",
      "record/record_fetch.ts": "recordFetch",
      "record/step_fetch.ts": "step.fetch",
    },
  },
  {
    test: "record/limits_test.ts",
    why: "values of every size around the limit of a line",
    holds: { "record/large_values.ts": "$artifact" },
  },
  {
    test: "read/started_test.ts",
    why: "what is open is read of runs that go on, broke off and ended",
    holds: {
      "format/start_record.ts": "scenario_id",
      "record/resumed_state.ts": "instancesInFlight",
      "record/started_file.ts": "started.jsonl",
    },
  },
  {
    test: "record/create_run_test.ts",
    why: "all names and directories of a run are made by createRun()",
    holds: {
      "format/layout.ts": "run_20",
      "record/run_directory.ts": "createRun",
    },
  },
  {
    test: "json/typed_value_test.ts",
    why: "values of every class are kept, and given back",
    holds: {
      "json/platform_classes.ts": "new Headers",
      "json/revive_values.ts": "reviveValues",
      "json/typed_object.ts": "bigint",
    },
  },
  {
    test: "redact/secrets_in_text_test.ts",
    why: "placeholders are found and filled there",
    holds: { "json/placeholder.ts": "$secret" },
  },
  {
    test: "compare/determinism_test.ts",
    why: "steps side by side take their numbers in the order of their ends",
    holds: { "json/unnumbered.ts": "numbers of secrets" },
  },
  {
    test: "json/path_pattern_test.ts",
    why: "pathText() joins keys of every kind",
    holds: { "json/path.ts": "pathText" },
  },
  {
    test: "record/hostile_values_test.ts",
    why: "values of every kind are given, and refused or read back",
    holds: {
      "json/value.ts": "INVALID_RECORD",
      "record/artifact_content.ts": "artifact",
      "record/instance_input.ts": "startInstance",
    },
  },
  {
    test: "read/run_reader_test.ts",
    why: "openRun() and instance() read each of these, whole and damaged",
    holds: {
      "read/artifact_file.ts": "artifacts",
      "read/documents.ts": "manifest.json",
      "read/instance_trace.ts": ".instance(",
      "read/open_run.ts": "openRun",
      "read/record_blocks.ts": "steps()",
      "read/run_state.ts": '"running"',
      "storage/read_file.ts": "openRun",
    },
  },
  {
    test: "read/line_parser_test.ts",
    why: "the parser is given the lines of every kind",
    holds: { "read/record_kinds.ts": "linesOf" },
  },
  {
    test: "record/record_bytes_test.ts",
    why: "byte for byte what the general way writes, for any value",
    holds: {
      "json/json_bytes.ts": "RecordBytes",
      "json/utf8.ts": "RecordBytes",
    },
  },
  {
    test: "record/run_writer_test.ts",
    why: "the writer is these parts: order, bounds, failures and names",
    holds: {
      "record/artifact_paths.ts": "listed",
      "record/artifact_writer.ts": "artifact(",
      "record/entry_data.ts": "entry_data",
      "record/instance_files.ts": "ARTIFACT_EXISTS",
      "record/instance_start.ts": "startInstance",
      "record/instance_steps.ts": "step(",
      "record/instance_writer.ts": "startInstance",
      "record/ordered_writes.ts": "QUEUE_FULL",
      "record/record_log.ts": "appendStep",
      "record/record_assertion.ts": "assertion(",
      "record/run_end.ts": "finalize",
      "record/run_logs.ts": "finalize",
      "record/run_parts.ts": "stats",
      "record/write_queue.ts": "QUEUE_FULL",
    },
  },
  {
    test: "repair/recover_run_test.ts",
    why: "a recovery is a scan and what follows from it",
    holds: { "repair/scan_run.ts": "recoverRun" },
  },
  {
    test: "replay/instance_links_test.ts",
    why: "sessions replayed at fresh services, by the links of the recording",
    holds: {
      "replay/links/link_rules.ts": "forbid",
      "replay/given_secrets.ts": "was not supplied",
      "replay/links/linked_secrets.ts": "was not supplied",
      "replay/links/secret_text.ts": "Bearer ${2}",
    },
  },
  {
    test: "cli/secrets_test.ts",
    why: "secrets come from a file and from variables",
    holds: { "cli/replay_secrets.ts": "--secret-env" },
  },
  {
    test: "cli/command_executor_test.ts",
    why: "programs are started and asked there",
    holds: { "cli/programs.ts": "Programs" },
  },
  {
    test: "replay/noise/learn_noise_test.ts",
    why: "what is learned is ignored, and nothing else",
    holds: {
      "replay/noise/noise_filter.ts": "noise",
      "replay/noise/noise_kind.ts": "counter",
      "replay/noise/noise_rule.ts": "kind",
    },
  },
  {
    test: "replay/replay_run_test.ts",
    why: "a run is replayed through these",
    holds: {
      "replay/rate_limit.ts": "stepsPerSecond",
      "replay/replay_recorder.ts": "replay_of",
      "replay/run_replay_tally.ts": "Ended after",
    },
  },
  {
    test: "replay/links/find_links_test.ts",
    why: "each kind of part is one row of its table",
    holds: {
      "replay/links/parts.ts": "a field of a form",
      "replay/links/slots.ts": "basic credentials",
    },
  },
  {
    test: "replay/replay_instance_test.ts",
    why: "a replay against a real service, judged by its verdict",
    holds: {
      "replay/execute_step.ts": "executor",
      "replay/executor.ts": "executors by step_type",
      "replay/replay_options.ts": "allowIncomplete",
      "replay/verdict.ts": "verdict",
    },
  },
  {
    test: "storage/append_log_test.ts",
    why: "the log is their only user: batches, turns, lone producers, failures",
    holds: {
      "storage/event_loop.ts": "AppendLog",
      "storage/invariant.ts": "Invariant",
      "storage/limits.ts": "BATCH_BYTES_MAX",
      "storage/line_batch.ts": "AppendLog",
      "storage/lone_producer.ts": "AppendLog",
      "storage/run_failure.ts": "RunFailure",
    },
  },
  {
    test: "storage/lock_test.ts",
    why: "files of writers that live, have ended, or are elsewhere",
    holds: { "storage/lock_file.ts": "findLocks" },
  },
  {
    test: "storage/io_errors_test.ts",
    why: "code, cause and text of what was thrown",
    holds: { "errors.ts": "ArtifactError" },
  },
  {
    test: "time/clock_test.ts",
    why: "the clock and the timers hold behind the same fakes",
    holds: { "time/timers.ts": "sleep(1)" },
  },
  {
    test: "verify/verify_run_test.ts",
    why: "each code of a problem is provoked",
    holds: {
      "verify/report.ts": "problems",
      "verify/verify_artifacts.ts": "ARTIFACT_",
      "verify/verify_records.ts": "STEP_MISSING",
      "verify/verify_summary.ts": "SUMMARY_MISMATCH",
    },
  },
];

/** Started as a process, so imported by no test. */
const PROGRAMS = ["src/cli/main.ts"];

/** Examples do not count: the tests run them, and they make no file harder. */
const LINES_MAX = 300;
const EXAMPLE = /^ *\* ```ts\n[\s\S]*?^ *\* ```\n/gm;

/** All that has code: no doors, which layers_test.ts holds, and no types alone. */
const SOURCES = globSync("src/**/*.ts", { cwd: ROOT })
  .map((file) => file.split(sep).join("/")).sort()
  .filter((file) =>
    !/\/(?:mod|internal)\.ts$/.test(file) &&
    /^(?:export )?(?:async |abstract )?(?:function|class|const|let|await|process)\b/m
      .test(read(file))
  );

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

function ownTestOf(source: string): string {
  return source.replace(/^src\/(.*)\.ts$/, "tests/$1_test.ts");
}

/** The files that a file imports, and those that these import. */
function reachedFrom(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const specifiers = read(file).matchAll(
    /(?:^(?:import|export)\b[^;]*?\bfrom\s+|\bimport\(\s*)"(\.[^"]+)"/gm,
  );
  for (const [, specifier] of specifiers) {
    const to = posix.join(posix.dirname(file), specifier!);
    if (existsSync(join(ROOT, to))) reachedFrom(to, seen);
  }
  return seen;
}

test("every source has a test of its name, or a row", () => {
  const held = new Set(
    ROWS.flatMap(({ holds }) =>
      Object.keys(holds).map((file) => `src/${file}`)
    ),
  );
  assert.ok(SOURCES.length > 100, "the sources were not found");
  const untested = SOURCES.filter((file) =>
    !held.has(file) && !existsSync(join(ROOT, ownTestOf(file)))
  );
  assert.deepEqual(untested, []);
});

test("no row names a source that is not there, or that has a test of its own", () => {
  for (const source of ROWS.flatMap(({ holds }) => Object.keys(holds))) {
    assert.ok(SOURCES.includes(`src/${source}`), `${source} is not there`);
    const own = ownTestOf(`src/${source}`);
    assert.ok(!existsSync(join(ROOT, own)), `${source} has ${own}`);
  }
});

test("no source has more than 300 lines, unless its first comment says why", () => {
  const files = globSync("{mod.ts,src/**/*.ts}", { cwd: ROOT });
  assert.ok(files.length > SOURCES.length, "the sources were not found");
  const tooLong = files.filter((file) => {
    const text = read(file);
    const header = text.split("*/")[0]!.replaceAll(/\s+\*\s+/g, " ");
    const counted = text.replaceAll(EXAMPLE, "").trimEnd();
    return counted.split("\n").length > LINES_MAX &&
      !/ and so (?:it is|they are) one file\b/.test(header);
  });
  assert.deepEqual(tooLong, []);
});

for (const { test: name, why, holds } of ROWS) {
  test(`${name} uses what it holds: ${why}`, () => {
    const file = `tests/${name}`;
    const text = read(file);
    const reached = reachedFrom(file);
    for (const [source, mention] of Object.entries(holds)) {
      assert.ok(text.includes(mention), `no ${mention} for ${source}`);
      if (PROGRAMS.includes(`src/${source}`)) continue;
      assert.ok(reached.has(`src/${source}`), `${source} is not imported`);
    }
  });
}
