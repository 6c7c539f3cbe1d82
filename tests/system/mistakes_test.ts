/** Mistakes that people make, and what the library says: where, and what to do. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import {
  analyzeRun,
  compareRuns,
  createRun,
  exportInstance,
  fingerprintRun,
  type InstanceWriter,
  openRun,
  recoverRun,
  replayInstance,
  resumeRun,
  type RunWriter,
  sendHttp,
  verifyRun,
} from "../../mod.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** What a mistake has at hand: an open run "r1" in `dir`, and an instance of it. */
interface Bench {
  dir: string;
  run: RunWriter;
  instance: InstanceWriter;
}

/** A mistake that types would report, made in code without types. */
// deno-lint-ignore no-explicit-any
type Mistake = (bench: any) => unknown;

const STEP = { step_name: "pay", step_type: "http" };
const IN_STEP = ['"pay"', 'step 0 of "inst_001" in run "r1"'];

/** Mistake, code of the error, and what its message must say. */
const REFUSED: [string, Mistake, string, (string | RegExp)[]][] = [
  [
    "a Date as a timestamp",
    ({ instance }) => instance.step({ ...STEP, timestamp: new Date(0) }),
    "INVALID_RECORD",
    [...IN_STEP, '"timestamp"', "toISOString()"],
  ],
  [
    "a Date as the start of an instance",
    ({ run }) =>
      run.startInstance({ scenario_id: "s", started_at: new Date(0) }),
    "INVALID_RECORD",
    ['in run "r1"', '"started_at"', "toISOString()"],
  ],
  [
    "a time with another zone",
    ({ instance }) =>
      instance.step({ ...STEP, timestamp: "2026-03-29T02:30:00.000+02:00" }),
    "INVALID_RECORD",
    [...IN_STEP, '"timestamp"', "in UTC", "toISOString()"],
  ],
  [
    "a latency that is not a number",
    ({ instance }) =>
      instance.step({ ...STEP, observation: { latency_ms: NaN } }),
    "INVALID_RECORD",
    [...IN_STEP, '"observation.latency_ms" is NaN', "leave it out"],
  ],
  [
    "a latency that is negative",
    ({ instance }) =>
      instance.step({ ...STEP, observation: { latency_ms: -3 } }),
    "INVALID_RECORD",
    [...IN_STEP, '"observation.latency_ms" must be 0 or more, not -3'],
  ],
  [
    "stepName",
    ({ instance }) => instance.step({ stepName: "pay", step_type: "http" }),
    "INVALID_RECORD",
    ['step 0 of "inst_001" in run "r1"', 'did you mean "step_name"?'],
  ],
  [
    "name",
    ({ instance }) => instance.step({ name: "pay", step_type: "http" }),
    "INVALID_RECORD",
    ['"name" is not a field of a step', 'did you mean "step_name"?'],
  ],
  [
    "a latency beside the observation",
    ({ instance }) => instance.step({ ...STEP, latencyMs: 3 }),
    "INVALID_RECORD",
    [...IN_STEP, 'put "latency_ms" into "observation"'],
  ],
  [
    "scenarioId",
    ({ run }) => run.startInstance({ scenarioId: "s" }),
    "INVALID_RECORD",
    ['"scenario_id" is missing: "scenarioId" is given instead'],
  ],
  [
    "a scenario instead of an object",
    ({ run }) => run.startInstance("checkout"),
    "INVALID_RECORD",
    ['in run "r1"', 'startInstance({ scenario_id: "checkout" })'],
  ],
  [
    "a step without anything",
    ({ instance }) => instance.step("pay"),
    "INVALID_RECORD",
    ['of "inst_001" in run "r1"', "async (step) =>"],
  ],
  [
    "an assertion in two arguments",
    ({ instance }) => instance.assertion("status", true),
    "INVALID_RECORD",
    ['of "inst_001" in run "r1"', "assertion({ assertion_name:"],
  ],
  [
    "a verdict alone",
    ({ instance }) => instance.complete(true),
    "INVALID_RECORD",
    ['of "inst_001" in run "r1"', "complete({ passed: true })"],
  ],
  [
    "a status of an instance",
    ({ instance }) => instance.complete({ status: "passed" }),
    "INVALID_RECORD",
    ['"status"', "its fields are passed, error"],
  ],
  [
    "an end with a misspelt field",
    ({ instance }) => instance.startStep(STEP).end({ observaton: {} }),
    "INVALID_RECORD",
    [...IN_STEP, 'did you mean "observation"?'],
  ],
  [
    "an instance id used twice",
    ({ run }) =>
      run.startInstance({ scenario_id: "s", instance_id: "inst_001" }),
    "INVALID_RECORD",
    ['in run "r1"', '"inst_001", which another instance of the run has'],
  ],
  [
    "a run id used again, in this process",
    ({ dir }) => createRun({ dir, run_id: "r1", sut_name: "shop" }),
    "RUN_LOCKED",
    [/r1"/, "this process", /mistakes_test\.ts:\d+/, "another run_id or dir"],
  ],
  [
    "a run id used again, of a run that has ended",
    async ({ dir, run }) => {
      await run.finalize();
      await createRun({ dir, run_id: "r1", sut_name: "shop" });
    },
    "RUN_EXISTS",
    [/r1"/, "resumeRun()", "another run_id or dir"],
  ],
  [
    "a second writer in the same process",
    ({ run }) => resumeRun(run.path),
    "RUN_LOCKED",
    ["this process", /mistakes_test\.ts:\d+/],
  ],
  [
    "sutName",
    ({ dir }) => createRun({ dir, sutName: "shop" } as never),
    "INVALID_OPTION",
    ['"sut_name" is missing: "sutName" is given instead'],
  ],
  [
    "compareRuns() of paths",
    () => compareRuns("a" as never, "b" as never),
    "INVALID_OPTION",
    ["the first run is a path, not an opened run", 'await openRun("a")'],
  ],
  [
    "fingerprintRun() of the writer",
    ({ run }) => fingerprintRun(run),
    "INVALID_OPTION",
    ["being recorded, not an opened run", "await openRun("],
  ],
  [
    "analyzeRun() of a promise",
    ({ run }) => analyzeRun(openRun(run.path) as never),
    "INVALID_OPTION",
    ["a promise, not an opened run", "await it"],
  ],
  [
    "exportInstance() of a path",
    ({ dir }) => exportInstance("a" as never, "inst_001", dir),
    "INVALID_OPTION",
    ["a path, not an opened run"],
  ],
  [
    "replayInstance() of a path",
    () => replayInstance("a" as never, "inst_001", () => ({})),
    "INVALID_OPTION",
    ["a path, not an opened run"],
  ],
  [
    "replayInstance() without an executor",
    async ({ run }) =>
      replayInstance(await openRun(run.path), "inst_001", "http://x" as never),
    "INVALID_OPTION",
    ["httpExecutor({ baseUrl })"],
  ],
  [
    "sendHttp() of a url",
    () => sendHttp("http://shop.test/" as never),
    "INVALID_OPTION",
    ['{ method: "GET", url: "http://shop.test/" }'],
  ],
  [
    "sendHttp() of a relative url",
    () => sendHttp({ method: "GET", url: "/carts" }),
    "INVALID_OPTION",
    ['"/carts"', "baseUrl"],
  ],
  [
    "openRun() of the directory of runs",
    ({ dir }) => openRun(dir),
    "RUN_NOT_FOUND",
    ["no manifest.json", /pass ".*r1"/, "listRuns()"],
  ],
  [
    "openRun() of a file",
    ({ run }) => openRun(join(run.path, "manifest.json")),
    "RUN_NOT_FOUND",
    ["it is a file", "pass the directory"],
  ],
  ...[openRun, verifyRun, recoverRun, resumeRun].map((
    call,
  ): [string, Mistake, string, (string | RegExp)[]] => [
    `${call.name}() of a writer`,
    ({ run }) => call(run),
    "INVALID_OPTION",
    [`Cannot call ${call.name}()`, /pass its path, ".*r1"/],
  ]),
  [
    "a filter that is not an object",
    async ({ run }) => (await openRun(run.path)).instances("inst_001" as never),
    "INVALID_OPTION",
    ['{ instance_id: "…" }'],
  ],
];

async function withBench(body: (bench: Bench) => Promise<void>): Promise<void> {
  await withTempDir(async (dir) => {
    const run = await createRun({ dir, run_id: "r1", sut_name: "shop" });
    const instance = run.startInstance({ scenario_id: "checkout" });
    try {
      await body({ dir, run, instance });
    } finally {
      await run.finalize();
    }
  });
}

test("a mistake is refused with where it is, and what to do", async () => {
  for (const [mistake, make, code, says] of REFUSED) {
    await withBench(async (bench) => {
      // deno-lint-ignore no-explicit-any
      const error: any = await Promise.resolve(bench).then(make).then(
        () => undefined,
        (error) => error,
      );
      assert.equal(error?.code, code, `${mistake}: ${error}`);
      for (const part of says) {
        const isSaid = typeof part === "string"
          ? error.message.includes(part)
          : part.test(error.message);
        assert.ok(isSaid, `${mistake}: ${part} is not in: ${error.message}`);
      }
    });
  }
});

test("artifact() takes what people have at hand", () =>
  withBench(async ({ instance, run }) => {
    const data = {
      "blob.bin": new Blob(["abc"]),
      "buffer.bin": new TextEncoder().encode("abc").buffer,
      "stream.bin": Readable.from([new TextEncoder().encode("abc")]),
    };
    for (const [name, content] of Object.entries(data)) {
      await instance.artifact(name, content);
    }
    const { artifacts } = await (await openRun(run.path)).instance("inst_001");
    assert.equal(artifacts.length, 3);
    for (const file of artifacts) assert.equal(await file.text(), "abc");
  }));

test("an observation with latencyMs is recorded, with one warning", async () => {
  const warnings: string[] = [];
  const { warn } = console;
  console.warn = (...words) => void warnings.push(words.join(" "));
  try {
    await withBench(async ({ instance, run }) => {
      await instance.step({ ...STEP, observation: { latencyMs: 3 } });
      await instance.step({ ...STEP, observation: { latencyMs: 4 } });
      assert.equal(run.stats.total_steps, 2);
    });
  } finally {
    console.warn = warn;
  }
  assert.equal(warnings.length, 1);
  for (
    const part of [...IN_STEP, '"latencyMs"', '"latency_ms"', "percentile"]
  ) {
    assert.ok(warnings[0]!.includes(part), warnings[0]!);
  }
});

test("finalize() says how many instances never completed", () =>
  withBench(async ({ run }) => {
    run.startInstance({ scenario_id: "refund" });
    assert.equal((await run.finalize()).incomplete_count, 2);
  }));
