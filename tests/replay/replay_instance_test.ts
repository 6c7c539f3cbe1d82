import assert from "node:assert/strict";
import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  ArtifactError,
  httpExecutor,
  type HttpRequest,
  type InstanceWriter,
  type JsonValue,
  type Observation,
  openRun,
  type ReplayContext,
  type ReplayExecutor,
  replayInstance,
  type RunReader,
  sendHttp,
} from "../../mod.ts";
import { type HttpService, withHttpService } from "../support/http_service.ts";
import { aRun, recordRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

const OPTIONS = { seed: 42, config: { mode: "test" } };

/** Records one instance of whatever `act` does with it. */
async function record(
  dir: string,
  act: (instance: InstanceWriter) => Promise<void>,
): Promise<RunReader> {
  const run = await aRun(dir, OPTIONS);
  const instance = run.startInstance({
    scenario_id: "checkout",
    entry_data: { user: 7 },
  });
  await act(instance);
  await run.finalize();
  return await openRun(run.path);
}

const NAMES = ["one", "two", "three"];

/** Three steps: one sees { n: 1 }, two sees { n: 2 }, three sees { n: 3 }. */
async function recordThree(
  dir: string,
  requests = true,
): Promise<RunReader> {
  const steps = NAMES.map((step_name, i) => ({
    step_name,
    ...(requests ? { request: { n: i + 1 } } : {}),
    observation: { ok: true, latency_ms: 5 + i, body: { n: i + 1 } },
  }));
  const plan = { steps, entry_data: { user: 7 } };
  return await openRun(await recordRun(dir, [plan], OPTIONS));
}

/** Does what the recorded system did, but takes another time for it. */
const faithful: ReplayExecutor = (_, { request }) => ({
  ok: true,
  latency_ms: 99,
  body: request as JsonValue,
});

test("replayInstance() matches when all is as it was", () =>
  withTempDir(async (dir) => {
    const run = await recordThree(dir);
    const contexts: ReplayContext[] = [];
    const given: number[] = [];
    const replay = replayInstance(run, "inst_001", (step, context) => {
      given.push(step.step_index, context.earlier.length);
      contexts.push(context);
      return faithful(step, context);
    });
    assert.equal(contexts.length, 0);
    const names: string[] = [];
    for await (const step of replay) {
      names.push(step.recorded.step_name);
      assert.deepEqual(step.differences, []);
      assert.deepEqual(step.ignored, ["latency_ms"]);
      assert.deepEqual(step.actual?.body, step.recorded.observation.body);
    }
    assert.deepEqual(names, NAMES);
    assert.deepEqual(given, [0, 0, 1, 1, 2, 2]);
    assert.deepEqual(await replay.verdict(), {
      matches: true,
      reason: null,
      stepsRecorded: 3,
      stepsReplayed: 3,
      stepsDifferent: 0,
      stepsSkipped: 0,
      differencesCount: 0,
      comparedCount: 6,
      ignoredCount: 3,
      noiseCount: 0,
      followedCount: 0,
      missing: [],
    });
    const { instance, steps } = await run.instance("inst_001");
    const context = contexts[1]!;
    assert.equal(context.scenario_id, "checkout");
    assert.deepEqual(context.manifest.config, { mode: "test" });
    assert.equal(context.manifest.seed, 42);
    assert.deepEqual(context.entry_data, { user: 7 });
    assert.equal(context.correlation_id, instance!.correlation_id);
    assert.deepEqual(context.request, { n: 2 });
    assert.deepEqual(context.earlier[0]!.recorded, steps[0]);
  }));

test("replayInstance() returns the headers that the instance sent", () =>
  withTempDir(async (dir) => {
    let sent: object = {};
    const run = await record(dir, async (instance) => {
      sent = instance.headers();
      await instance.step({ step_name: "a", step_type: "b", request: null });
      await instance.complete();
    });
    let given: object = {};
    await replayInstance(run, "inst_001", (_, { headers }) => {
      given = headers;
      return {};
    }).verdict();
    assert.deepEqual(given, sent);
  }));

test("replayInstance() never passes an executor that always answers the same", () =>
  withTempDir(async (dir) => {
    const run = await recordThree(dir);
    const answers: Observation[] = [
      {},
      { ok: true },
      { ok: true, latency_ms: 5, body: { n: 1 } },
    ];
    for (const answer of answers) {
      const verdict = await replayInstance(run, "inst_001", () => answer)
        .verdict();
      assert.equal(verdict.matches, false, JSON.stringify(answer));
      assert.match(verdict.reason!, /^[23] of 3 steps differ$/);
    }
  }));

test("replayInstance() does not match when nothing was compared", () =>
  withTempDir(async (dir) => {
    const run = await recordThree(dir);
    const reasonOf = async (options: object) => {
      const replay = replayInstance(run, "inst_001", faithful, options);
      const { matches, reason, comparedCount } = await replay.verdict();
      assert.equal(comparedCount, 0);
      assert.equal(matches, false);
      return reason;
    };
    const nothing = "Nothing was compared";
    assert.equal(await reasonOf({ ignore: ["**"] }), nothing);
    assert.equal(await reasonOf({ from: 3 }), nothing);
    assert.equal(await reasonOf({ from: 1, until: 1 }), nothing);
    const empty = await record(join(dir, "empty"), async (instance) => {
      await instance.step({ step_name: "a", step_type: "b", request: 1 });
      await instance.complete();
    });
    const verdict = await replayInstance(empty, "inst_001", () => ({}))
      .verdict();
    assert.deepEqual([verdict.matches, verdict.reason], [false, nothing]);
  }));

test("replayInstance() reports what differs, step by step", () =>
  withTempDir(async (dir) => {
    const run = await recordThree(dir);
    const replay = replayInstance(
      run,
      "inst_001",
      (step, context) =>
        step.step_index === 1
          ? { ok: false, latency_ms: 1, body: { n: "2" }, extra: null }
          : faithful(step, context),
    );
    const differences = [];
    for await (const step of replay) differences.push(step.differences);
    assert.deepEqual(differences, [[], [
      { path: "ok", recorded: true, actual: false },
      { path: "body.n", recorded: 2, actual: "2" },
      { path: "extra", actual: null },
    ], []]);
    const verdict = await replay.verdict();
    assert.equal(verdict.matches, false);
    assert.equal(verdict.reason, "1 of 3 steps differ");
    assert.equal(verdict.differencesCount, 3);
  }));

test("replayInstance() replays the steps from `from` until `until`", () =>
  withTempDir(async (dir) => {
    const run = await recordThree(dir);
    const replay = replayInstance(run, "inst_001", faithful, {
      from: 1,
      until: 2,
    });
    const steps = await Array.fromAsync(replay);
    assert.deepEqual(steps.map((step) => step.recorded.step_index), [1]);
    const verdict = await replay.verdict();
    assert.equal(verdict.matches, true);
    assert.deepEqual([verdict.stepsRecorded, verdict.stepsReplayed], [3, 1]);
    for (const wrong of [{ from: -1 }, { until: 1.5 }, { from: NaN }]) {
      assert.throws(() => replayInstance(run, "inst_001", faithful, wrong), {
        code: "INVALID_OPTION",
      });
    }
    assert.throws(
      () => replayInstance(run, "inst_001", faithful, { ignore: ["a..b"] }),
      { code: "INVALID_OPTION" },
    );
  }));

test("replayInstance() is not misled by what an executor does to its context", () =>
  withTempDir(async (dir) => {
    const run = await recordThree(dir);
    const contexts: ReplayContext[] = [];
    const replay = replayInstance(run, "inst_001", (step, context) => {
      const { signal, ...given } = context;
      contexts.push({ ...structuredClone(given), signal });
      const seen = faithful(step, context);
      Object.assign(context.entry_data, { user: 8 });
      Object.assign(context.manifest.config, { mode: "broken" });
      Object.assign(context.headers, { traceparent: "" });
      (context.earlier as unknown[]).length = 0;
      step.observation.body = "broken";
      return seen;
    });
    const verdict = await replay.verdict();
    assert.deepEqual([verdict.matches, verdict.stepsReplayed], [true, 3]);
    for (const { entry_data, manifest, headers } of contexts) {
      assert.deepEqual(entry_data, { user: 7 });
      assert.deepEqual(manifest.config, { mode: "test" });
      assert.deepEqual(headers, contexts[0]!.headers);
    }
    assert.deepEqual(run.manifest.config, { mode: "test" });
  }));

test("an executor that throws, or gives no observation, is a difference", () =>
  withTempDir(async (dir) => {
    const run = await recordThree(dir);
    const replay = replayInstance(run, "inst_001", ({ step_index }) => {
      if (step_index === 0) throw new Error("on purpose");
      return (step_index === 1 ? undefined : { n: 1n }) as never;
    });
    const steps = await Array.fromAsync(replay);
    assert.deepEqual(steps.map(({ error }) => error), [
      "on purpose",
      "The executor gave no observation",
      'The executor gave an observation that JSON cannot hold: "n" is a bigint',
    ]);
    for (const { differences, recorded, actual } of steps) {
      assert.equal(actual, null);
      assert.deepEqual(differences, [
        { path: "", recorded: recorded.observation },
      ]);
    }
    const verdict = await replay.verdict();
    assert.equal(verdict.matches, false);
    assert.equal(verdict.reason, "3 of 3 steps differ");
  }));

test("replayInstance() ends when it is aborted, whatever the executor does", () =>
  withTempDir(async (dir) => {
    const run = await recordThree(dir);
    const reason = new Error("enough");
    const never = new Promise<Observation>(() => {});
    const abort = new AbortController();
    let calls = 0;
    const replay = replayInstance(run, "inst_001", () => {
      calls++;
      setTimeout(() => abort.abort(reason), 20);
      return never;
    }, { signal: abort.signal });
    await assert.rejects(Array.fromAsync(replay), reason);
    await assert.rejects(replay.verdict(), reason);
    assert.equal(calls, 1);
    const late = replayInstance(run, "inst_001", () => never, {
      signal: abort.signal,
    });
    await assert.rejects(late.verdict(), reason);
  }));

test("verdict() reports that the loop over the steps was left", () =>
  withTempDir(async (dir) => {
    const run = await recordThree(dir);
    const replay = replayInstance(run, "inst_001", faithful);
    for await (const _ of replay) break;
    const { matches, reason } = await replay.verdict();
    assert.equal(matches, false);
    assert.equal(reason, "The replay was left after 1 of 3 steps");
  }));

test("replayInstance() refuses an incomplete recording before the first step", () =>
  withTempDir(async (dir) => {
    const refusal = async (
      run: RunReader,
      message: RegExp,
      { matches = false, reason = /./, options = {} } = {},
    ) => {
      let calls = 0;
      const executor: ReplayExecutor = (step, context) => {
        calls++;
        return faithful(step, context);
      };
      const replay = replayInstance(run, "inst_001", executor, options);
      const code = "INCOMPLETE_RECORDING";
      await assert.rejects(replay.verdict(), { code, message });
      await assert.rejects(replay.verdict(), { code, message });
      assert.equal(calls, 0);
      const verdict = await replayInstance(run, "inst_001", executor, {
        ...options,
        allowIncomplete: true,
      }).verdict();
      assert.equal(verdict.matches, matches);
      assert.match(verdict.reason ?? "none", reason);
      assert.match(verdict.missing.join(), message.source ? message : /./);
    };
    const next = (() => {
      let number = 0;
      return () => join(dir, String(++number));
    })();
    await refusal(
      await recordThree(next(), false),
      /step 0 has no recorded request/,
    );
    const lost = await recordThree(next());
    await rm(join(lost.path, "artifacts/inst_001/step_002_request.json"));
    await refusal(
      lost,
      /file "artifacts\/inst_001\/step_002_request\.json" is not there/,
      { reason: /1 of 3/ },
    );
    const emptied = await recordThree(next());
    await truncate(
      join(emptied.path, "artifacts/inst_001/step_003_request.json"),
      0,
    );
    await refusal(emptied, /step_003_request\.json" is not JSON/);
    const endless = await record(next(), async (instance) => {
      await instance.step({
        step_name: "a",
        step_type: "call",
        request: 1,
        observation: { ok: true, body: 1 },
      });
    });
    await refusal(endless, /the instance never completed/, {
      matches: true,
      reason: /none/,
    });
    const bare = await record(next(), (instance) => instance.complete());
    await refusal(bare, /it has no steps/, { reason: /Nothing was compared/ });
  }));

test("replayInstance() refuses where steps are missing or there twice", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const base = {
      run_id: "run_1",
      correlation_id: "own",
      timestamp: "2024-01-15T10:30:00.000Z",
    };
    const append = async (instance_id: string, indexes: number[]) => {
      for (const step_index of indexes) {
        await run.appendStep({
          ...base,
          instance_id,
          step_index,
          step_name: "a",
          step_type: "b",
          span_id: "00f067aa0ba902b7",
          observation: {},
          artifacts: [],
        });
      }
    };
    await append("gap", [0, 2]);
    await append("twice", [0, 1, 1]);
    await run.finalize();
    const past = await openRun(run.path);
    const refusal = (id: string, options = {}) =>
      replayInstance(past, id, faithful, options).verdict();
    await assert.rejects(refusal("gap"), {
      message: /step 1 was not recorded/,
    });
    await assert.rejects(refusal("twice"), {
      message: /a step is recorded twice/,
    });
    await assert.rejects(refusal("none"), { code: "INSTANCE_NOT_FOUND" });
    let headers: object = {};
    await replayInstance(past, "gap", (_, context) => {
      headers = context.headers;
      return {};
    }, { allowIncomplete: true }).verdict();
    assert.deepEqual(headers, { "x-correlation-id": "own" });
  }));

test("replayInstance() refuses where the last step is lost, line or newline", () =>
  withTempDir(async (dir) => {
    const { path } = await recordThree(dir);
    const file = join(path, "steps.jsonl");
    const lines = await readFile(file, "utf8");
    const last = lines.lastIndexOf("\n", lines.length - 2) + 1;
    for (const length of [last, lines.length - 1]) {
      await truncate(file, length);
      const refused = replayInstance(await openRun(path), "inst_001", faithful);
      await assert.rejects(refused.verdict(), {
        code: "INCOMPLETE_RECORDING",
        message: /step 2 was not recorded/,
      });
      await writeFile(file, lines);
    }
    const run = await aRun(dir, { run_id: "run_2" });
    const judged = run.startInstance({ scenario_id: "checkout" });
    for (const step_name of NAMES.slice(0, 2)) {
      const observation = { body: 1 };
      await judged.step({ step_name, step_type: "call", observation });
      await judged.assertion({ assertion_name: "fine", passed: true });
    }
    await judged.complete();
    await run.finalize();
    const steps = join(run.path, "steps.jsonl");
    const [one] = (await readFile(steps, "utf8")).split("\n");
    await writeFile(steps, `${one}\n`);
    const told = replayInstance(await openRun(run.path), "inst_001", faithful);
    await assert.rejects(told.verdict(), {
      message: /step 1 was not recorded/,
    });
  }));

test("replayInstance() asks for redacted values, and puts them back", () =>
  withTempDir(async (dir) => {
    const run = await record(dir, async (instance) => {
      await instance.step({
        step_name: "login",
        step_type: "http",
        request: { token: { $secret: "api_token" }, pin: { $secret: "pin" } },
        observation: { ok: true, body: { session: { $secret: "session" } } },
      });
      await instance.complete();
    });
    const seen: unknown[] = [];
    const login = (options: object) =>
      replayInstance(run, "inst_001", (_, { request }) => {
        seen.push(request);
        return { ok: true, body: { session: "fresh" } };
      }, options);
    await assert.rejects(login({}).verdict(), {
      code: "INCOMPLETE_RECORDING",
      message: /redacted value "api_token" was not .*redacted value "pin" was/,
    });
    await assert.rejects(login({ secrets: { pin: "1" } }).verdict(), {
      message: /exactly: the redacted value "api_token" was not supplied$/,
    });
    assert.deepEqual(seen, []);
    const secrets = { pin: "1", api_token: "t" };
    const [step] = await Array.fromAsync(login({ secrets }));
    assert.deepEqual(seen, [{ token: "t", pin: "1" }]);
    assert.deepEqual(step!.ignored, ["body.session"]);
    assert.equal((await login({ secrets }).verdict()).matches, true);
  }));

/** A counter: each POST adds to it, and the answer is the sum. */
function counter(add = 1): Parameters<typeof withHttpService>[0] {
  let sum = 0;
  return (request, response) => {
    sum += add;
    response.writeHead(200, {
      "content-type": "application/json",
      "x-correlation-id": request.headers["x-correlation-id"],
      "x-echo": String(request.headers["x-echo"]),
      date: new Date(Date.now() + 1e6 * Math.random()).toUTCString(),
    });
    response.end(JSON.stringify({ sum, sent: request.body.length }));
  };
}

const RECORDED = ["content-type", "x-correlation-id", "x-echo", "date"];

async function recordHttp(
  dir: string,
  { baseUrl }: HttpService,
): Promise<RunReader> {
  return await record(dir, async (instance) => {
    for (const step_name of NAMES) {
      const request: HttpRequest = {
        method: "POST",
        url: `/${step_name}`,
        headers: { ...instance.headers(), "x-echo": "é".length + step_name },
        body: { step_name },
      };
      const exchange = await sendHttp(request, {
        baseUrl,
        recordedHeaders: RECORDED,
      });
      await instance.step({ step_name, step_type: "http", ...exchange });
    }
    await instance.complete();
  });
}

test("httpExecutor() matches a service as it was, and not one that changed", () =>
  withTempDir(async (dir) => {
    let sent: unknown[] = [];
    const run = await withHttpService(counter(), async (service) => {
      const recorded = await recordHttp(dir, service);
      sent = service.received;
      return recorded;
    });
    await withHttpService(counter(), async ({ baseUrl, received }) => {
      const replay = replayInstance(
        run,
        "inst_001",
        httpExecutor({ baseUrl }),
      );
      const steps = await Array.fromAsync(replay);
      const verdict = await replay.verdict();
      assert.deepEqual(steps.map(({ differences }) => differences), [
        [],
        [],
        [],
      ]);
      assert.equal(verdict.matches, true, verdict.reason ?? "");
      assert.deepEqual(
        steps[0]!.ignored,
        ["latency_ms", "headers.date"],
      );
      const essence = (requests: unknown[]) =>
        (requests as typeof received).map(({ method, url, headers, body }) => [
          method,
          url,
          headers["x-correlation-id"],
          headers.traceparent,
          headers["x-echo"],
          headers["content-type"],
          new TextDecoder().decode(body),
        ]);
      assert.deepEqual(essence(received), essence(sent));
    });
    await withHttpService(counter(2), async ({ baseUrl }) => {
      const replay = replayInstance(
        run,
        "inst_001",
        httpExecutor({ baseUrl }),
      );
      const steps = await Array.fromAsync(replay);
      assert.deepEqual(steps.map(({ differences }) => differences), [
        [{ path: "body.sum", recorded: 1, actual: 2 }],
        [{ path: "body.sum", recorded: 2, actual: 4 }],
        [{ path: "body.sum", recorded: 3, actual: 6 }],
      ]);
      assert.equal((await replay.verdict()).matches, false);
    });
  }));

test("httpExecutor() differs when the service is gone, slow, or only redirects", () =>
  withTempDir(async (dir) => {
    const run = await withHttpService(
      counter(),
      (service) => recordHttp(dir, service),
    );
    const errorsOf = async (baseUrl: string) => {
      const executor = httpExecutor({ baseUrl, timeoutMs: 200 });
      const replay = replayInstance(run, "inst_001", executor, { until: 1 });
      const [step] = await Array.fromAsync(replay);
      assert.equal((await replay.verdict()).matches, false);
      assert.equal(step!.error, null);
      assert.equal(step!.actual!.ok, false);
      const errors = step!.actual!.errors as { code: string }[];
      return [...errors.map(({ code }) => code), step!.actual!.status_code];
    };
    let gone = "";
    await withHttpService(
      (_, response) => response.writeHead(307, { location: "/one" }).end(),
      async ({ baseUrl }) => {
        gone = baseUrl;
        assert.deepEqual(await errorsOf(baseUrl), [307]);
      },
    );
    await withHttpService(() => {}, async ({ baseUrl }) => {
      assert.deepEqual(await errorsOf(baseUrl), ["timeout", null]);
    });
    assert.deepEqual(await errorsOf(gone), ["refused", null]);
  }));

test("httpExecutor() adds headers, and the correlation id where none was recorded", () =>
  withTempDir(async (dir) => {
    const run = await record(dir, async (instance) => {
      await instance.step({
        step_name: "a",
        step_type: "http",
        request: { method: "GET", url: "/", headers: { "X-Version": "1" } },
        observation: { ok: true, status_code: 200 },
      });
      await instance.complete();
    });
    const { instance } = await run.instance("inst_001");
    await withHttpService(
      (_, response) => response.end(),
      async ({ baseUrl, received }) => {
        const headers = { "x-version": "2", authorization: "me" };
        const executor = httpExecutor({ baseUrl, headers });
        await replayInstance(run, "inst_001", executor).verdict();
        const got = received[0]!.headers;
        assert.equal(got["x-version"], "2");
        assert.equal(got.authorization, "me");
        assert.equal(got["x-correlation-id"], instance!.correlation_id);
        assert.ok(got.traceparent?.includes(instance!.correlation_id));
      },
    );
  }));

test("httpExecutor() refuses what is not an HTTP request, or skips it with allowIncomplete", () =>
  withTempDir(async (dir) => {
    const run = await record(dir, async (instance) => {
      const steps: JsonValue[] = [
        { method: "GET", url: "/" },
        { sql: "select 1" },
        { method: "GET", url: "/", headers: { a: 1 } },
        { method: "PUT", url: "/", body: 1, body_encoding: "text" },
        { method: "PUT", url: "/", body: "*", body_encoding: "base64" },
        { method: "PUT", url: "/", body: "*", body_encoding: "utf-16" },
        { method: "PUT", url: "/", body: { pin: { $secret: "pin" } } },
      ];
      for (const request of steps) {
        await instance.step({
          step_name: "a",
          step_type: "b",
          request,
          observation: { ok: true, status_code: 200 },
        });
      }
      await instance.complete();
    });
    await withHttpService(
      (_, response) => response.end(),
      async ({ baseUrl, received }) => {
        const replay = (options: object) =>
          replayInstance(run, "inst_001", httpExecutor({ baseUrl }), {
            ignore: ["latency_ms", "headers", "body", "errors"],
            ...options,
          });
        for (let from = 1; from < 7; from++) {
          await assert.rejects(replay({ from }).verdict(), {
            code: "INCOMPLETE_RECORDING",
          });
        }
        assert.equal(received.length, 0);
        const verdict = await replay({ allowIncomplete: true }).verdict();
        assert.deepEqual([verdict.matches, verdict.reason], [
          false,
          "6 of 7 steps could not be replayed",
        ]);
        assert.deepEqual([verdict.stepsReplayed, verdict.stepsSkipped], [
          1,
          6,
        ]);
        const first = replay({ allowIncomplete: true, until: 1 });
        assert.equal((await first.verdict()).matches, true);
        const none = await replay({ allowIncomplete: true, from: 1 }).verdict();
        assert.deepEqual([none.matches, none.reason], [
          false,
          "Nothing was compared",
        ]);
      },
    );
    const nowhere = replayInstance(run, "inst_001", httpExecutor(), {
      until: 1,
    });
    await assert.rejects(
      nowhere.verdict(),
      (error) =>
        error instanceof ArtifactError && error.code === "INVALID_OPTION",
    );
  }));

test("replayInstance() takes executors by step_type, and reports steps without one", () =>
  withTempDir(async (dir) => {
    const path = await recordRun(dir, [{
      steps: ["http", "sql"].map((step_type) => ({
        step_type,
        request: { step_type },
        observation: { ok: true },
      })),
    }]);
    const run = await openRun(path);
    const taken: string[] = [];
    const execute = ({ step_type }: { step_type: string }) => {
      taken.push(step_type);
      return { ok: true };
    };
    const all = { http: execute, sql: execute };
    const { matches } = await replayInstance(run, "inst_001", all).verdict();
    assert.equal(matches, true);
    const some = replayInstance(run, "inst_001", { http: execute });
    const [, second] = await Array.fromAsync(some);
    assert.deepEqual(
      [second!.skipped, second!.error],
      [true, 'There is no executor for step_type "sql"'],
    );
    const verdict = await some.verdict();
    assert.equal(verdict.matches, false);
    assert.equal(verdict.stepsSkipped, 1);
    assert.deepEqual(taken, ["http", "sql", "http"]);
    assert.throws(
      () => replayInstance(run, "inst_001", { sql: 1 as never }),
      /the executor for "sql" is number, not a function/,
    );
  }));
