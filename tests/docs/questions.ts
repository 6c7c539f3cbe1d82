/** Runs to ask questions of, and what the reader of this library answers. */
import { appendFile, cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  instanceTimeline,
  openRun,
  readStepMessages,
  type RunReader,
  type StepRecord,
} from "../../mod.ts";
import { runDemo } from "../demo/demo.ts";
import { aRun, recordInstance } from "../support/run_builder.ts";
import { ROOT } from "../support/runtimes.ts";
import * as samples from "../support/samples.ts";

/** The sections of a page by title, each with its blocks of code by language. */
export async function readQuestions(
  name: string,
): Promise<Record<string, Record<string, string>>> {
  const page = await readFile(join(ROOT, "docs", name), "utf8");
  const questions: Record<string, Record<string, string>> = {};
  for (const section of page.split(/^## /m).slice(1)) {
    const title = section.slice(0, section.indexOf("\n"));
    const blocks = section.matchAll(/^```([^\n]+)\n([\s\S]*?)^```/gm);
    const code: Record<string, string> = questions[title] = {};
    for (const [, language, text] of blocks) {
      code[language!] = (code[language!] ?? "") + text;
    }
  }
  return questions;
}

/** Records the runs in `dir`. */
export async function recordRuns(dir: string): Promise<RunReader[]> {
  const options = { instances: 100, concurrency: 25, dir };
  const paths: string[] = [];
  for (const seed of [42, "other"]) {
    const run_id = `run_${seed}`;
    paths.push((await runDemo({ ...options, seed, run_id })).path);
  }
  paths.push(await recordTwoAttempts(dir));
  paths.push(await recordTornRun(dir));
  return await Promise.all(paths.map((path) => openRun(path)));
}

/** A failed instance with a step of an earlier attempt, and one without status. */
async function recordTwoAttempts(dir: string): Promise<string> {
  const run = await aRun(dir, { run_id: "run_again" });
  const { run_id } = run;
  const step = { ...samples.step, run_id };
  await run.appendStep({
    ...step,
    correlation_id: "earlier",
    step_index: 7,
    observation: { latency_ms: 86_400_000 },
  });
  const request = { method: "GET", url: "/carts" };
  await run.appendStep({ ...step, request });
  const path = "artifacts/inst_001/step_002_request.json";
  await run.appendStep({
    ...step,
    step_index: 1,
    observation: {},
    request: { $artifact: path, bytes: 10 }, // Not kept.
  });
  await run.appendAssertion({ ...samples.assertion, run_id });
  await run.appendInstance({ ...samples.instance, run_id, passed: false });
  await run.finalize();
  return run.path;
}

/** Where the last line of a file was torn: in a name, in a value, at its end. */
export const TORN_LINES: [file: string, line: string][] = [
  ["instances.jsonl", '{"instance_id":"inst_009","run_id":"run_0_torn","sce'],
  ["steps.jsonl", '{"instance_id":"inst_00'],
  ["assertions.jsonl", '{"instance_id":"inst_009","run_id":"run_0_torn"'],
];

/** A run that broke off with torn lines, and with an instance in flight. */
async function recordTornRun(dir: string): Promise<string> {
  const run_id = "run_0_torn"; // Not the last: another file follows its lines.
  const run = await aRun(join(dir, "..", "writing"), { run_id });
  for (const passed of [true, false]) {
    await recordInstance(run, {
      steps: [{ observation: { latency_ms: 7, status_code: 402 } }],
      assertions: [{ assertion_name: "total", passed }],
    });
  }
  await recordInstance(run, {
    steps: [{ observation: { latency_ms: 86_400_000 } }],
    completion: false,
  });
  const path = join(dir, run_id);
  await cp(run.path, path, { recursive: true });
  await run.finalize();
  for (const [file, line] of TORN_LINES) {
    await appendFile(join(path, file), line);
  }
  return path;
}

async function all<R>(
  runs: RunReader[],
  of: (run: RunReader) => AsyncIterable<R>,
): Promise<R[]> {
  return (await Promise.all(runs.map((run) => Array.fromAsync(of(run)))))
    .flat();
}

function groupBy<R>(records: R[], key: (record: R) => string): [string, R[]][] {
  return Object.entries(Object.groupBy(records, key)) as [string, R[]][];
}

const byNameAndLast = (a: unknown[], b: unknown[]) =>
  (b.at(-1) as number) - (a.at(-1) as number) || (a[0]! < b[0]! ? -1 : 1);

/** What the reader of this library answers. */
export const ANSWERS: Record<
  string,
  (runs: RunReader[]) => Promise<unknown[][]>
> = {
  async "Failures by scenario"(runs) {
    const instances = await all(runs, (run) => run.instances());
    return groupBy(instances, ({ scenario_id }) => scenario_id).map((
      [id, of],
    ) => [
      id,
      of.length,
      of.filter(({ passed }) => passed === false).length,
      of.filter(({ error }) => error !== null).length,
    ]).sort((a, b) => byNameAndLast(a.slice(0, 3), b.slice(0, 3)));
  },
  async "95th percentile of the latency, by step"(runs) {
    const steps: StepRecord[] = [];
    for (const run of runs) {
      for await (const { instance_id } of run.instances()) {
        steps.push(...(await run.instance(instance_id)).steps);
      }
    }
    const timed = steps.filter(({ observation }) =>
      typeof observation.latency_ms === "number"
    );
    return groupBy(timed, ({ step_name }) => step_name).map(([name, of]) => {
      const sorted = of.map(({ observation }) => observation.latency_ms!)
        .sort((a, b) => a - b);
      const rank = Math.ceil(sorted.length * 0.95);
      return [name, of.length, sorted[rank - 1]];
    }).sort(byNameAndLast);
  },
  async "How far failed instances came"(runs) {
    const answer: unknown[][] = [];
    for (const run of runs) {
      for await (const { instance_id } of run.instances({ passed: false })) {
        const { steps } = await run.instance(instance_id);
        const { step_name, observation } = steps.at(-1)!;
        const status = observation.status_code ?? null;
        answer.push([run.run_id, instance_id, steps.length, step_name, status]);
      }
    }
    return answer.sort((a, b) => `${a}` < `${b}` ? -1 : 1);
  },
  async "Requests by method"(runs) {
    const methods: string[] = [];
    for (const run of runs) {
      for await (const { instance_id } of run.instances()) {
        const { steps } = instanceTimeline(await run.instance(instance_id));
        for (const step of steps) {
          const { request } = await readStepMessages(step);
          if (request?.method) methods.push(request.method);
        }
      }
    }
    return groupBy(methods, (method) => method)
      .map(([method, of]) => [method, of.length]).sort(byNameAndLast);
  },
  async "Assertions that fail, over all runs"(runs) {
    const failed = await all(runs, (run) => run.assertions({ passed: false }));
    return groupBy(failed, ({ assertion_name }) => assertion_name).map((
      [name, of],
    ) => [name, new Set(of.map(({ run_id }) => run_id)).size, of.length])
      .sort(byNameAndLast);
  },
  "Runs side by side"(runs) {
    return Promise.resolve(runs.map(({ run_id, manifest, summary }) => [
      run_id,
      manifest.seed,
      summary?.total_instances ?? null,
      summary?.pass_rate ?? null,
      summary?.p95_latency_ms ?? null,
    ]));
  },
};
