/**
 * Runs that a stranger made: a right answer or an `ArtifactError`, and nothing
 * is written elsewhere.
 */
import assert from "node:assert/strict";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import fc from "fast-check";
import {
  ArtifactError,
  compareRuns,
  exportInstance,
  fingerprintRun,
  listRuns,
  openRun,
  recoverRun,
  replayInstance,
  resumeRun,
  verifyRun,
} from "../../mod.ts";
import { EXIT } from "../../src/cli/exit_codes.ts";
import { callWta } from "../cli/transcript.ts";
import { fuzzParameters } from "../support/fuzz.ts";
import {
  mutation,
  readTree,
  type Tree,
  writeTree,
} from "../support/hostile_run.ts";
import { aRun, recordInstance } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** Longer than any answer about so small a run takes. */
const ANSWER_MS_MAX = 20_000;

/** Those of an answer, or of a clear error. */
const EXIT_CODES = new Set<number>(Object.values(EXIT));

/** What no error of the library's says: it is a mistake in the code. */
const MISTAKE =
  /TypeError|RangeError|ReferenceError|call stack|is not a function|of undefined/;

/** What one test may add, garbage included. */
const MEMORY_BYTES_MAX = 1024 ** 3;

/** A run with all that a run can have, one instance attempted twice. */
async function recordSample(dir: string): Promise<string> {
  const first = await aRun(dir, { seed: 1 });
  const record = async (run: typeof first, instance_id?: string) => {
    const steps = ["cart", "pay"].map((step_name) => ({
      step_name,
      observation: { ok: true, status_code: 200, latency_ms: 1.5, body: "é" },
      request: { method: "GET", url: "/", headers: { cookie: "c" } },
      response: { status_code: 200 },
    }));
    const one = await recordInstance(run, {
      ...(instance_id && { instance_id }),
      entry_data: { user: 7 },
      steps,
      assertions: [{ expected: 1 }],
      completion: false,
    });
    await one.artifact("page.txt", "text");
    return one;
  };
  await (await record(first)).complete();
  const { instance_id } = await record(first);
  await first[Symbol.asyncDispose]();
  const run = await resumeRun(first.path);
  await (await record(run, instance_id)).complete({ error: "broke" });
  await run.finalize();
  return run.path;
}

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

/** Everything that the library does to a run that is there. */
function operations(path: string, sound: string, exports: string) {
  const read = async (
    body: (run: Awaited<ReturnType<typeof openRun>>) => unknown,
  ) => await body(await openRun(path));
  const all: Record<string, () => Promise<unknown>> = {
    openRun: () => openRun(path),
    instances: () => read((run) => drain(run.instances({ passed: true }))),
    steps: () => read((run) => drain(run.steps({ ok: false }))),
    assertions: () => read((run) => drain(run.assertions())),
    skipping: () =>
      read(async (run) => {
        const onCorruptLine = (error: ArtifactError) =>
          assert.equal(error.code, "CORRUPT_LINE");
        await drain(run.steps({}, { onCorruptLine }));
        await drain(run.instances({}, { onCorruptLine }));
      }),
    follow: () =>
      read((run) => drain(run.follow({ signal: AbortSignal.timeout(20) }))),
    listRuns: () => drain(listRuns(join(path, ".."))),
    verifyRun: () => verifyRun(path, { secrets: ["no such secret"] }),
    fingerprintRun: () => read((run) => fingerprintRun(run)),
    compareRuns: () =>
      read(async (run) => await compareRuns(run, await openRun(sound))),
    compareRunsTo: () =>
      read(async (run) => await compareRuns(await openRun(sound), run)),
  };
  for (const instance_id of ["inst_001", "inst_002"]) {
    all[`instance ${instance_id}`] = () =>
      read(async (run) => {
        const { artifacts } = await run.instance(instance_id);
        for (const file of artifacts) {
          await file.bytes();
          await file.text();
          await file.json().catch(assertArtifactError);
        }
      });
    all[`replayInstance ${instance_id}`] = () =>
      read((run) =>
        replayInstance(
          run,
          instance_id,
          (step) => Promise.resolve(step.observation),
          {
            secrets: { cookie: "c" },
            allowIncomplete: true,
          },
        ).verdict()
      );
    all[`exportInstance ${instance_id}`] = () =>
      read((run) => exportInstance(run, instance_id, exports));
  }
  const commands = [
    "list",
    "show run_1",
    "failures run_1",
    "instance run_1 inst_001",
    "instance run_1 inst_002",
    "instances run_1 --json",
    "steps run_1",
    "assertions run_1",
    "verify run_1 --scan-env TOKEN",
    `compare run_1 ${sound}`,
    "replay run_1 inst_001 --base-url http://127.0.0.1:1 --allow-incomplete",
  ];
  for (const line of commands) {
    all[`wta ${line}`] = async () => {
      const env = { LANG: "C", TOKEN: "no such secret" };
      const { code, stderr } = await callWta(
        `${line} --debug`,
        join(path, "../.."),
        80,
        env,
      );
      assert(EXIT_CODES.has(code!), `${code}: ${stderr}`);
      // An error may have been caused by one that was expected.
      assert(!MISTAKE.test(stderr.split("Caused by")[0]!), stderr);
    };
  }
  // These write: last.
  all.recoverRun = () => recoverRun(path);
  all["verifyRun again"] = () => verifyRun(path);
  all.resumeRun = async () => {
    await rm(join(path, "summary.json"), { recursive: true, force: true });
    const run = await resumeRun(path);
    try {
      const one = run.startInstance({ scenario_id: "checkout" });
      await one.step({ step_name: "a", step_type: "t", request: 1 });
      await one.complete();
    } finally {
      await run.finalize();
    }
  };
  all["verifyRun at last"] = () => verifyRun(path);
  return all;
}

function assertArtifactError(error: unknown): void {
  if (!(error instanceof ArtifactError)) throw error;
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error("No answer, and none to come")),
    ANSWER_MS_MAX,
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function judge(sample: Tree, dir: string): Promise<void> {
  const path = join(dir, "runs", "run_1");
  const sound = join(dir, "sound", "run_1");
  const exports = join(dir, "exports");
  await writeTree(path, sample);
  await mkdir(join(dir, "outside"));
  await writeFile(join(dir, "outside", "file"), "as it was");
  const around = async () => {
    const names = await readdir(dir, { recursive: true });
    return names.sort().filter((name) =>
      !/^(?:exports|runs[/\\]run_1(?:[/\\]|$)|runs[/\\]run_1\..*\.torn$)/.test(
        name,
      )
    );
  };
  const before = await around();
  const run = operations(path, sound, exports);
  for (const [operation, action] of Object.entries(run)) {
    try {
      await inTime(action());
    } catch (error) {
      if (error instanceof ArtifactError) continue;
      const thrown = error instanceof Error ? error.stack : String(error);
      throw new Error(`${operation}: ${thrown}`, { cause: error });
    }
  }
  assert.deepEqual(await around(), before);
  const outside = await readTree(join(dir, "outside"));
  assert.deepEqual(
    new TextDecoder().decode(outside.get("file")),
    "as it was",
  );
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
}

test("a run that a stranger changed gets a right answer or a clear error", async () => {
  await withTempDir(async (dir) => {
    const sample = await readTree(await recordSample(dir));
    const usedBefore = process.memoryUsage().rss;
    const property = fc.asyncProperty(
      fc.array(mutation, { maxLength: 4 }),
      (mutations) =>
        withTempDir(async (dir) => {
          await writeTree(join(dir, "sound", "run_1"), sample);
          const tree: Tree = new Map(sample);
          for (const mutate of mutations) mutate(tree);
          await judge(tree, dir);
        }),
    );
    await fc.assert(property, fuzzParameters(25));
    const used = process.memoryUsage().rss - usedBefore;
    assert(used < MEMORY_BYTES_MAX, `${used} bytes more`);
  });
});
