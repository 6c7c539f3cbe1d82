import assert from "node:assert/strict";
import { cp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import {
  compareRuns,
  createRun,
  diffInstances,
  exportInstance,
  fingerprintRun,
  instanceTimeline,
  openRun,
  readStepMessages,
  replayInstance,
  resumeRun,
  type RunReader,
  searchRun,
  verifyRun,
} from "../../mod.ts";
import { withMessages } from "../../src/report/model.ts";
import { HELD_BYTES_MAX } from "../../src/record/held_files.ts";
import type { RequestsForm } from "../../src/record/requests_form.ts";
import { fuzzParameters } from "../support/fuzz.ts";
import {
  aRun,
  type InstancePlan,
  recordInstance,
} from "../support/run_builder.ts";
import { reportOf } from "../report/read_report.ts";
import { withTempDir } from "../support/temp_dir.ts";

const FORMS: readonly RequestsForm[] = ["files", "inline", "on-failure"];

/** Whatever may be sent, with secrets and with what JSON cannot hold. */
const message = fc.oneof(
  fc.jsonValue({ noUnicodeString: false }),
  fc.constantFrom<unknown>(
    undefined,
    null,
    "",
    { n: 12n, when: new Date(0), bytes: new Uint8Array([1, 2]), nan: NaN },
    { headers: { Cookie: "a=secret-1", date: "x" }, body: "token=secret-2" },
    { url: "http://user:secret-3@host/?api_key=secret-4", password: 5 },
    [undefined, () => 1, -0],
  ),
  fc.record({
    method: fc.constant("POST"),
    url: fc.webPath(),
    body: fc.jsonValue(),
  }),
);

/** Instances of four steps that failed. */
function plansOf(values: unknown[]): InstancePlan[] {
  const plans: InstancePlan[] = [];
  for (let i = 0; i + 8 <= values.length; i += 8) {
    const steps = [0, 2, 4, 6].map((k) => ({
      request: values[i + k],
      response: values[i + k + 1],
    }));
    plans.push({ steps, completion: { passed: false } });
  }
  return plans;
}

/** The same run in each form. */
async function recordForms(
  dir: string,
  plans: InstancePlan[],
): Promise<RunReader[]> {
  const nonce = "4bf92f3577b34da6a3ce929d0e0e4736";
  const runs: RunReader[] = [];
  for (const requests of FORMS) {
    const run = await aRun(dir, { run_id: requests, requests, nonce });
    for (const plan of plans) await recordInstance(run, plan);
    await run.finalize();
    runs.push(await openRun(run.path));
  }
  return runs;
}

/** What each reader gives of the requests and the responses of a run. */
async function readEverywhere(run: RunReader, text: string): Promise<unknown> {
  const messages: unknown[] = [];
  const sent: unknown[] = [];
  const ids: string[] = [];
  for await (const { instance_id } of run.instances()) {
    ids.push(instance_id);
    const { steps } = instanceTimeline(await run.instance(instance_id));
    for (const step of steps) messages.push(await readStepMessages(step));
    const replayed = replayInstance(run, instance_id, (_, { request }) => {
      sent.push(request);
      return {};
    }, { allowIncomplete: true });
    await replayed.verdict();
  }
  const reported: unknown[] = [];
  const { details } = await reportOf(run.path);
  for (const id of ids) {
    for (const step of details.get(id)!.steps) {
      const { request, response } = withMessages(step);
      reported.push(request, response);
    }
  }
  const found = new Set<string>();
  for await (const hit of searchRun(run, text)) {
    found.add(`${hit.instance_id} ${hit.step_index}`);
  }
  return { messages, sent, reported, found };
}

test("requests: every form reads the same, and is the same run", () => {
  const { seed } = fuzzParameters(1);
  const values = fc.sample(message, { numRuns: 160, seed });
  values[9] = { method: "GET", url: "/needle" };
  return withTempDir(async (dir) => {
    const [files, ...others] = await recordForms(dir, plansOf(values));
    const read = await readEverywhere(files!, "needle");
    assert.ok((read as { found: Set<string> }).found.has("inst_002 0"));
    const fingerprint = await fingerprintRun(files!);
    for (const other of others) {
      assert.deepEqual(await readEverywhere(other, "needle"), read);
      assert.equal(await fingerprintRun(other), fingerprint);
      const { identical, changes } = await compareRuns(files!, other);
      assert.ok(identical, JSON.stringify(changes));
    }
    for (const { path } of [files!, ...others]) {
      assert.deepEqual((await verifyRun(path)).problems, []);
      const steps = await readFile(join(path, "steps.jsonl"), "utf8");
      assert.ok(!/secret-\d/.test(steps), path);
    }
    assert.deepEqual(await readdir(join(dir, "inline", "artifacts")), []);
  });
});

test('requests: "inline" puts a value that is too large for its line into a file', () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir, {
      requests: "inline",
      limits: { recordBytesMax: 1000 },
    });
    const request = { method: "POST", url: "/a", body: "x".repeat(2000) };
    await recordInstance(run, {
      steps: [{ request, response: { status_code: 201 } }, { request: 1 }],
      completion: { passed: true },
    });
    await run.finalize();
    const past = await openRun(run.path);
    const { steps } = instanceTimeline(await past.instance("inst_001"));
    const path = "artifacts/inst_001/large_001.json";
    assert.equal(steps[0]!.request!.path, path);
    const { request: read } = await readStepMessages(steps[0]!);
    assert.equal(read!.body, request.body);
    assert.deepEqual(steps[0]!.record.response, { status_code: 201 });
    assert.equal(steps[1]!.request!.value, 1);
    assert.equal((await verifyRun(run.path)).ok, true);

    await exportInstance(past, "inst_001", join(dir, "exported"));
    const exported = join(dir, "exported", run.run_id);
    assert.equal((await verifyRun(exported)).ok, true);

    await rm(join(run.path, path));
    const { problems } = await verifyRun(run.path);
    assert.ok(problems.some(({ code }) => code === "ARTIFACT_MISSING"));
    const { unread } = (await diffInstances(past, "inst_001", "inst_001"))
      .steps[0]!;
    assert.deepEqual(new Set(unread), new Set([path]));
    await assert.rejects(
      replayInstance(past, "inst_001", () => ({})).verdict(),
      { code: "INCOMPLETE_RECORDING", message: /large_001\.json/ },
    );
  }));

test('requests: "on-failure" keeps the files of what did not pass', () =>
  withTempDir(async (dir) => {
    const steps = [{ request: { url: "/a" }, response: "b" }, { request: 1 }];
    const verdicts = [true, false, null];
    const kept = [1, 2, 3].map((n) => `inst_00${n + 1}`);
    for (const durability of ["instance", "record"] as const) {
      const run = await aRun(dir, {
        run_id: durability,
        durability,
        requests: "on-failure",
      });
      for (const passed of verdicts) {
        await recordInstance(run, { steps, completion: { passed } });
      }
      await recordInstance(run, { steps, completion: false });
      const { files } = await run.finalize();
      assert.equal(files.artifacts.files, 3 * kept.length);
      const { ok, problems } = await verifyRun(run.path);
      assert.ok(ok, JSON.stringify(problems));
      assert.deepEqual(
        (await readdir(join(run.path, "artifacts"))).sort(),
        kept,
      );
      const past = await openRun(run.path);
      for (const id of kept) {
        const { steps } = instanceTimeline(await past.instance(id));
        const { request, response } = await readStepMessages(steps[0]!);
        assert.deepEqual([request!.url, response!.body], ["/a", "b"]);
      }
      const timeline = instanceTimeline(await past.instance("inst_001"));
      const { request } = await readStepMessages(timeline.steps[0]!);
      assert.equal(request!.unreadable!.reason, "not-kept");
      await assert.rejects(
        replayInstance(past, "inst_001", () => ({})).verdict(),
        { message: /step 0 was not kept/ },
      );
      await rm(join(run.path, "artifacts/inst_002/step_002_request.json"));
      const damaged = await verifyRun(run.path);
      assert.ok(damaged.problems.some((p) => p.code === "ARTIFACT_MISSING"));
    }
  }));

test("HeldRoom has a bound; what is not held is removed where the instance passed", () =>
  withTempDir(async (dir) => {
    const big = "x".repeat(HELD_BYTES_MAX / 2);
    const run = await aRun(dir, { requests: "on-failure" });
    const all = [false, true, false].map((passed) => ({
      passed,
      one: run.startInstance({ scenario_id: "checkout" }),
    }));
    for (const { one } of all) {
      for (const request of [big, "small"]) {
        await one.step({ step_name: "pay", step_type: "http", request });
      }
      await one.artifact("a.txt", "a");
    }
    const names = async (id: string) =>
      (await readdir(join(run.path, "artifacts", id))).sort();
    // The first holds all that there is room for.
    assert.deepEqual(await names("inst_001"), ["a.txt"]);
    assert.equal((await names("inst_002")).length, 2);
    for (const { one, passed } of all) await one.complete({ passed });
    await run.finalize();
    assert.equal((await names("inst_001")).length, 3);
    assert.deepEqual(await names("inst_002"), ["a.txt"]);
    assert.equal((await names("inst_003")).length, 3);
    const { ok, problems } = await verifyRun(run.path);
    assert.ok(ok, JSON.stringify(problems));
  }));

test('requests: "on-failure" keeps what was acknowledged when the writer is gone', () =>
  withTempDir(async (dir) => {
    for (const durability of ["instance", "record"] as const) {
      const run = await aRun(dir, {
        run_id: durability,
        durability,
        requests: "on-failure",
      });
      const steps = [{ request: { url: "/a" } }];
      await recordInstance(run, { steps, completion: { passed: true } });
      await recordInstance(run, { steps, completion: { passed: false } });
      await recordInstance(run, { steps, completion: false });
      // What a process leaves that is killed here.
      const killed = join(dir, `${durability}_killed`);
      await cp(run.path, killed, { recursive: true });
      const { problems } = await verifyRun(killed);
      assert.deepEqual(
        problems.filter(({ code }) => code.startsWith("ARTIFACT")),
        [],
      );
      const file = (id: string) =>
        readFile(join(killed, `artifacts/${id}/step_001_request.json`), "utf8");
      assert.match(await file("inst_002"), /\/a/);
      if (durability === "record") assert.match(await file("inst_003"), /\/a/);
      else await assert.rejects(file("inst_003"), { code: "ENOENT" });
      await run.finalize();
    }
  }));

test("requests: a run that is resumed may take another form", () =>
  withTempDir(async (dir) => {
    const steps = [{ request: { url: "/a" }, response: "b" }];
    let path: string;
    {
      await using run = await aRun(dir);
      await recordInstance(run, { steps });
      path = run.path;
    }
    const run = await resumeRun(path, { requests: "inline" });
    await recordInstance(run, { steps });
    await run.finalize();
    assert.equal((await verifyRun(path)).ok, true);
    const past = await openRun(path);
    const { steps: compared } = await diffInstances(
      past,
      "inst_001",
      "inst_002",
    );
    assert.equal(compared[0]!.values!.differencesCount, 0);
    assert.ok(compared[0]!.values!.comparedCount > 1);
    assert.deepEqual(await readdir(join(path, "artifacts")), ["inst_001"]);
  }));

test("requests: another form is refused, and a value that cannot be redacted", () =>
  withTempDir(async (dir) => {
    await assert.rejects(
      createRun({ dir, sut_name: "shop", requests: "line" as never }),
      { code: "INVALID_OPTION", path: "requests" },
    );
    const replace = (path: string) => {
      if (path === "request.a") throw new Error("no");
      return undefined;
    };
    const run = await aRun(dir, { requests: "inline", redact: { replace } });
    const one = run.startInstance({ scenario_id: "checkout" });
    const step = { step_name: "pay", step_type: "http" };
    await assert.rejects(one.step({ ...step, request: { a: 1 } }), {
      code: "INVALID_RECORD",
    });
    await one.step({ ...step, request: { b: 1 } });
    await one.complete();
    assert.equal((await run.finalize()).total_steps, 1);
  }));
