/**
 * Exports a run as a JUnit report.
 *
 * @module
 */
import * as v from "valibot";
import { assertReader } from "../check/assert_reader.ts";
import { assertOptions, invalidOption } from "../check/options.ts";
import { InstanceIds } from "../format/instance_ids.ts";
import { groupedRecords, type InstanceGroup } from "../read/internal.ts";
import type { RunReader } from "../read/mod.ts";
import { CaseNames, caseOf, type Outcome, outcomeOf } from "./junit_cases.ts";
import {
  caseText,
  type JunitCounts,
  SUITE_END,
  suiteStart,
} from "./junit_xml.ts";
import { writeTexts } from "./write_texts.ts";

/** Options of {@linkcode exportJunit}. */
export interface ExportJunitOptions {
  /** Called for each instance that was read, to report progress. */
  onInstance?: () => void;
}

const ExportJunitOptionsSchema: v.GenericSchema<ExportJunitOptions> = v
  .strictObject({
    onInstance: v.optional(
      v.custom<() => void>(
        (value) => typeof value === "function",
        "must be a function",
      ),
    ),
  });

/** What {@linkcode exportJunit} wrote. */
export interface JunitExport {
  /** Number of test cases: instances, each with all attempts at it. */
  tests: number;
  /** Those that failed. */
  failures: number;
  /** Those that ended with an error, or never completed. */
  errors: number;
  /** Those without a verdict. */
  skipped: number;
  /** Those that passed after an attempt that had failed. */
  flaky: number;
}

/**
 * Exports a run as a JUnit report, in the form that GitLab documents for unit test
 * reports and that Jenkins checks with the schema of its xUnit plugin.
 *
 * An instance is a test case: its `classname` is the scenario, its name the
 * `instance_key`, or else the instance id. Where a name would stand twice in a
 * scenario, the instance id follows, as GitLab ignores all but the first. Attempts
 * that were tried again are `flakyFailure` or `rerunFailure` of the last one, as in
 * reports of Maven Surefire. An instance that never completed is an error. The
 * artifact files that failed steps name are attached as `[[ATTACHMENT|path]]`, below
 * the path of the run as it was opened: open it relative to the project.
 *
 * Memory grows with the number of instances: a number and the name of each.
 *
 * @param run The run, opened.
 * @param file The file, which is replaced.
 * @throws {ArtifactError} `INVALID_OPTION`, `CORRUPT_LINE`, `CORRUPT_FILE`,
 * `READ_FAILED`, `WRITE_FAILED`
 *
 * @example
 * ```ts
 * import { createRun, exportJunit, openRun } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * for (const status of [201, 502]) {
 *   await run.instance({ scenario_id: "checkout" }, async (instance) => {
 *     await instance.step("pay", (step) => step.assertEquals("status", status, 201));
 *   });
 * }
 * await run.finalize();
 *
 * const { tests, failures } = await exportJunit(await openRun(run.path), "junit.xml");
 * console.log(tests, failures); // 2 1
 * ```
 */
export async function exportJunit(
  run: RunReader,
  file: string,
  options: ExportJunitOptions = {},
): Promise<JunitExport> {
  assertReader("exportJunit", run);
  assertOptions("exportJunit", ExportJunitOptionsSchema, options);
  if (typeof file !== "string" || file === "") {
    throw invalidOption("exportJunit", "file", "must be the path of a file");
  }
  const attempts = await readAttempts(run);
  const counts = await countCases(run, attempts);
  const done: JunitExport = { ...counts, flaky: 0 };
  await writeTexts(run, file, textsOf(run, attempts, counts, done, options));
  return done;
}

/** Which attempts belong to which instance. */
interface Attempts {
  /** By the id of an attempt that was tried again, the attempt that counts. */
  last: ReadonlyMap<string, string>;
  /** By the attempt that counts, the number of earlier ones. */
  earlierCounts: ReadonlyMap<string, number>;
}

async function readAttempts(run: RunReader): Promise<Attempts> {
  const next = new Map<string, string>();
  const completed = new InstanceIds();
  for await (const records of run.blocks("instances")) {
    for (const { instance_id, retry_of } of records) {
      completed.add(instance_id);
      if (retry_of !== null) next.set(retry_of, instance_id);
    }
  }
  const last = new Map<string, string>();
  const earlierCounts = new Map<string, number>();
  for (const first of next.keys()) {
    if (!completed.has(first)) continue;
    const seen = new Set<string>();
    let id = first;
    // A run that names attempts in a circle has no last one of them.
    while (next.has(id) && !seen.has(id)) {
      seen.add(id);
      id = next.get(id)!;
    }
    last.set(first, id);
    earlierCounts.set(id, (earlierCounts.get(id) ?? 0) + 1);
  }
  return { last, earlierCounts };
}

/** A suite tells its counts before its cases. */
async function countCases(
  run: RunReader,
  { last }: Attempts,
): Promise<JunitCounts> {
  const counts = { tests: 0, failures: 0, errors: 0, skipped: 0 };
  const completed = new InstanceIds();
  for await (const records of run.blocks("instances")) {
    for (const record of records) {
      completed.add(record.instance_id);
      if (last.has(record.instance_id)) continue;
      count(counts, outcomeOf(record));
    }
  }
  const open = new InstanceIds();
  const note = ({ instance_id }: { instance_id: string }) => {
    if (!completed.has(instance_id)) open.add(instance_id);
  };
  if (!run.summary || run.summary.incomplete_count > 0) {
    for await (const start of run.started()) note(start);
    for await (const records of run.blocks("steps")) records.forEach(note);
    for await (const records of run.blocks("assertions")) records.forEach(note);
  }
  for (let i = 0; i < open.size; i++) count(counts, "error");
  return counts;
}

function count(counts: JunitCounts, outcome: Outcome): void {
  counts.tests++;
  if (outcome === "failed") counts.failures++;
  if (outcome === "error") counts.errors++;
  if (outcome === "skipped") counts.skipped++;
}

async function* textsOf(
  run: RunReader,
  attempts: Attempts,
  counts: JunitCounts,
  done: JunitExport,
  { onInstance = () => {} }: ExportJunitOptions,
): AsyncGenerator<string> {
  const { sut_name, timestamp, seed, durability } = run.manifest;
  yield suiteStart(
    sut_name,
    counts,
    timestamp,
    (run.summary?.duration_ms ?? 0) / 1000,
    {
      run_id: run.run_id,
      state: run.state,
      seed: seed === null ? "" : String(seed),
      durability,
    },
  );
  const names = new CaseNames();
  /** Failures of earlier attempts, by the attempt that counts. */
  const earlier = new Map<string, InstanceGroup[]>();
  /** The attempts that count, while earlier ones are awaited. */
  const waiting = new Map<string, InstanceGroup>();
  const write = (group: InstanceGroup): string => {
    const before = earlier.get(group.instance_id) ?? [];
    earlier.delete(group.instance_id);
    if (before.length > 0 && outcomeOf(group.instance) === "passed") {
      done.flaky++;
    }
    return caseText(caseOf(run, group, before, names));
  };
  const isReady = (id: string) =>
    (earlier.get(id)?.length ?? 0) >= (attempts.earlierCounts.get(id) ?? 0);
  for await (const group of groupedRecords(run)) {
    onInstance();
    const { instance_id } = group;
    const last = attempts.last.get(instance_id);
    if (last === undefined) {
      if (isReady(instance_id)) yield write(group);
      else waiting.set(instance_id, group);
      continue;
    }
    earlier.set(last, [...earlier.get(last) ?? [], group]);
    const awaited = waiting.get(last);
    if (!awaited || !isReady(last)) continue;
    waiting.delete(last);
    yield write(awaited);
  }
  for (const group of waiting.values()) yield write(group);
  yield SUITE_END;
}
