/** Nothing that a rule names reaches the disk; all else is as it was given. */
import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import {
  createRun,
  type CreateRunOptions,
  httpExecutor,
  type JsonValue,
  openRun,
  replayInstance,
  resumeRun,
  type ResumeRunOptions,
  type RunWriter,
} from "../../mod.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

const CANARY = "s3cr3t-canary";

/** All that a run has on the disk, in one text. */
async function everythingIn(path: string): Promise<string> {
  let text = "";
  for (const name of await readdir(path, { recursive: true })) {
    const file = join(path, name);
    if ((await stat(file)).isFile()) text += await readFile(file, "utf8");
  }
  return text;
}

function withRun(
  options: Partial<CreateRunOptions>,
  body: (run: RunWriter) => Promise<void>,
): Promise<void> {
  return withTempDir(async (dir) => {
    await using run = await aRun(dir, { ...options });
    await body(run);
  });
}

/** Records a value in every place that takes one. */
async function recordEverywhere(run: RunWriter, value: JsonValue) {
  const one = run.startInstance({
    scenario_id: "s",
    entry_data: { value },
  });
  await one.step({
    step_name: "a",
    step_type: "t",
    observation: { value, headers: { plain: "1" }, body: [{ value }] },
    request: { value },
    response: [value],
  });
  await one.assertion({
    assertion_name: "a",
    passed: true,
    expected: value,
    actual: { value },
  });
  await one.artifact("a.json", { value });
  await one.complete();
  const times = { started_at: "2024-01-15T10:30:00.000Z" };
  const whole = { run_id: run.run_id, correlation_id: "c" };
  await run.appendStep({
    ...whole,
    instance_id: "other",
    step_index: 0,
    step_name: "a",
    step_type: "t",
    span_id: "00f067aa0ba902b7",
    timestamp: times.started_at,
    observation: { value },
    artifacts: [],
  });
  const steps = run.steps.getWriter();
  await steps.write({
    ...whole,
    instance_id: "other",
    step_index: 1,
    step_name: "a",
    step_type: "t",
    span_id: "00f067aa0ba902b7",
    timestamp: times.started_at,
    observation: { value },
    artifacts: [],
  });
  steps.releaseLock();
  await run.appendInstance({
    ...whole,
    ...times,
    instance_id: "other",
    scenario_id: "s",
    instance_key: null,
    retry_of: null,
    completed_at: times.started_at,
    duration_ms: 0,
    passed: true,
    entry_data: { value },
    error: null,
  });
  return one.instance_id;
}

const NAMES = [
  "authorization",
  "Proxy-Authorization",
  "COOKIE",
  "Set-Cookie",
  "X-API-Key",
];

/** Headers with a secret, in the forms that programs have them in. */
const FORMS: [name: string, value: (name: string) => JsonValue][] = [
  ["an object", (name) => ({ headers: { a: "1", [name]: CANARY } })],
  ["a list of values", (name) => ({ headers: { [name]: [CANARY, CANARY] } })],
  ["an object in it", (name) => ({ headers: { [name]: { v: CANARY } } })],
  ["pairs", (name) => ({ headers: [["a", "1"], [name, CANARY]] })],
  ["name and value", (name) => ({ headers: [{ name, value: CANARY }] })],
  ["rawHeaders", (name) => ({ rawHeaders: ["a", "1", name, CANARY] })],
  ["names and lists in turn", (name) => ({ rawHeaders: [name, [CANARY]] })],
  ["names and objects", (name) => ({ rawHeaders: [name, { v: CANARY }] })],
  ["key and value", (name) => ({ headers: [{ key: name, value: CANARY }] })],
  ["Key and Value", (name) => ({ headers: [{ Key: name, Value: [CANARY] }] })],
  ["an object of pairs", (name) => ({ headers: { sent: [[name, CANARY]] } })],
  [
    "an object of names and values",
    (name) => ({ headers: { sent: [{ name, value: CANARY }] } }),
  ],
  [
    "an object of texts",
    (name) => ({ headers: { sent: `a: 1\r\n${name}: ${CANARY}\r\n` } }),
  ],
  ["values", (name) => ({ headers: [{ name, values: [CANARY] }] })],
  ["one object each", (name) => ({ headers: [{ [name]: CANARY }] })],
  ["defaults", (name) => ({ headers: { common: { [name]: CANARY } } })],
  ["lines", (name) => ({ headers: ["a: 1", `${name}: ${CANARY}`] })],
  [
    "a text",
    (name) => ({ headers: `a: 1\r\n${name}:x\r\n ${CANARY}\r\nb: 2\r\n` }),
  ],
  ["a text with a space before the colon", (name) => ({
    headers: `a : 1\n${name} : ${CANARY}`,
  })],
  ["an indented text", (name) => ({
    headers: `  a: 1\n  ${name}: x\n    ${CANARY}\n  b: 2`,
  })],
  ["lines as curl shows them", (name) => ({
    headers: `> GET / HTTP/1.1\r\n> ${name}: ${CANARY}\r\n>\r\n< a: 1`,
  })],
  [
    "one line in an object",
    (name) => ({ headers: { x: `${name}: ${CANARY}` } }),
  ],
  ["a text of JSON", (name) => ({
    headers: JSON.stringify({ a: 1, [name]: CANARY }),
  })],
  ["a text of JSON with pairs", (name) => ({
    headers: ` ${JSON.stringify([["a", "1"], [name, CANARY]])}`,
  })],
  ["a text of JSON in an object", (name) => ({
    headers: { sent: JSON.stringify({ [name]: CANARY }) },
  })],
  [
    "field and value",
    (name) => ({ headers: [{ field: name, value: CANARY }] }),
  ],
  [
    "header and value",
    (name) => ({ headers: [{ header: name, value: CANARY }] }),
  ],
  ["lists of pairs", (name) => ({ headers: [[["a", "1"], [name, CANARY]]] })],
  ["header of Go", (name) => ({ Header: { [name]: [CANARY] } })],
  ["header of Postman", (name) => ({
    header: [{ key: name, value: CANARY, type: "text" }],
  })],
  ["other keys", (name) => ({ Request_Headers: { [name]: CANARY } })],
  ["a deep place", (name) => [{ x: [{ headers: { [name]: CANARY } }] }]],
  [
    "a key called __proto__",
    (name) => JSON.parse(`{"headers":{"__proto__":1,"${name}":"${CANARY}"}}`),
  ],
];

for (const [form, make] of FORMS) {
  test(`secret headers in the form of ${form} do not reach the disk`, () =>
    withRun({}, async (run) => {
      for (const name of NAMES) {
        const value = make(name);
        const before = structuredClone(value);
        await recordEverywhere(run, value);
        assert.deepEqual(value, before, "what was given is not changed");
      }
      const written = await everythingIn(run.path);
      assert(!written.includes(CANARY));
      for (const name of NAMES) {
        const standIn = JSON.stringify({ $secret: name.toLowerCase() });
        const inText = JSON.stringify(standIn).slice(1, -1);
        assert(
          written.includes(standIn) || written.includes(inText),
          `${name} in ${form}`,
        );
      }
      assert(
        form !== "a key called __proto__" || written.includes("__proto__"),
      );
    }));
}

test("config with secret headers does not reach the disk", () =>
  withRun({ config: { api: { headers: { Cookie: CANARY } } } }, async (run) => {
    assert.deepEqual(run.manifest.config, {
      api: { headers: { Cookie: { $secret: "cookie" } } },
    });
    assert(!(await everythingIn(run.path)).includes(CANARY));
  }));

test("what no rule names is written as without redaction", async () => {
  const value = {
    headers: {
      accept: "*/*",
      "x-token": "kept",
      authorization: null,
      vary: ["cookie", "kept"],
      "access-control-allow-headers": "authorization",
    },
    authorization: "in no headers",
    list: ["cookie", "kept"],
    sheaders: "cookie",
  };
  const texts: string[] = [];
  for (const redact of [undefined, true, {}, false]) {
    await withRun(
      { run_id: "r", ...(redact !== undefined && { redact }) },
      async (
        run,
      ) => {
        const instance_id = await recordEverywhere(run, value);
        const trace = await (await openRun(run.path)).instance(instance_id);
        texts.push(JSON.stringify([
          trace.steps[0]!.observation,
          trace.assertions[0]!.actual,
          await Promise.all(trace.artifacts.map((file) => file.text())),
          trace.instance!.entry_data,
        ]));
      },
    );
  }
  assert.equal(new Set(texts).size, 1);
  assert(texts[0]!.includes("in no headers"));
});

test("`redact: false` takes out nothing", () =>
  withRun({ redact: false }, async (run) => {
    await recordEverywhere(run, { headers: { cookie: CANARY } });
    assert((await everythingIn(run.path)).includes(CANARY));
  }));

test("further headers are named by `headers`", () =>
  withRun({ redact: { headers: ["X-Session"] } }, async (run) => {
    await recordEverywhere(run, {
      headers: { "x-session": CANARY, cookie: CANARY },
    });
    const written = await everythingIn(run.path);
    assert(!written.includes(CANARY));
    assert(written.includes('{"$secret":"x-session"}'));
  }));

test("places are named by `paths`, and stand-ins by their last key", () =>
  withRun({
    config: { db: { url: CANARY } },
    redact: {
      paths: [
        "config.db.url",
        "observation.body.user.password",
        "observation.items[*].card",
        "request.body.token",
        "response.**.session",
        "entry_data.pin",
        "expected",
        "actual.code",
        "message",
        "error",
        'artifacts["dump.json"][0]',
      ],
    },
  }, async (run) => {
    const one = run.startInstance({
      scenario_id: "s",
      entry_data: { pin: CANARY, kept: 1 },
    });
    await one.step({
      step_name: "a",
      step_type: "t",
      observation: {
        body: { user: { password: { deep: [CANARY] }, name: "kept" } },
        items: [{ card: CANARY }, { card: CANARY, kept: 2 }],
      },
      request: { body: { token: CANARY } },
      response: { session: CANARY, a: [{ b: { session: CANARY } }] },
    });
    await one.assertion({
      assertion_name: "a",
      passed: false,
      expected: CANARY,
      actual: { code: CANARY },
      message: `got ${CANARY}`,
    });
    await one.artifact("dump.json", [CANARY, "kept"]);
    await one.complete({ error: `broke on ${CANARY}` });
    assert(!(await everythingIn(run.path)).includes(CANARY));
    const trace = await (await openRun(run.path)).instance(one.instance_id);
    assert.deepEqual(trace.instance!.entry_data, {
      pin: { $secret: "pin", id: 1 },
      kept: 1,
    });
    // A text stays a text, as the format has it.
    assert.equal(trace.instance!.error!.message, '{"$secret":"error"}');
    assert.deepEqual(trace.steps[0]!.observation, {
      body: { user: { password: { $secret: "password" }, name: "kept" } },
      items: [{ card: { $secret: "card", id: 1 } }, {
        card: { $secret: "card", id: 1 },
        kept: 2,
      }],
    });
    const dump = trace.artifacts.find(({ name }) => name === "dump.json")!;
    assert.deepEqual(await dump.json(), [
      { $secret: "dump.json", id: 1 },
      "kept",
    ]);
  }));

test("`replace` sees every value, and texts that are artifacts", () =>
  withRun({
    redact: {
      replace: (_path, value) =>
        typeof value === "string"
          ? value.replaceAll(CANARY, "…")
          : value === 4111
          ? { $secret: "card" }
          : undefined,
    },
  }, async (run) => {
    const one = run.startInstance({ scenario_id: "s" });
    await one.step({
      step_name: "a",
      step_type: "t",
      observation: {
        url: `/?q=1&session=${CANARY}`,
        errors: [CANARY],
        n: 4111,
      },
      request: CANARY,
    });
    await one.assertion({
      assertion_name: "a",
      passed: false,
      message: `got ${CANARY}`,
    });
    await one.artifact("log.txt", `line 1\ntoken=${CANARY}\n`);
    await one.complete({ error: `broke on ${CANARY}` });
    const written = await everythingIn(run.path);
    assert(!written.includes(CANARY));
    assert(
      written.includes("/?q=1&session=…") && written.includes("broke on …"),
    );
    assert(written.includes('{"$secret":"card"}'));
  }));

test("a record is refused where a rule breaks it, and nothing is written", () =>
  withRun({
    redact: {
      paths: ["observation.latency_ms"],
      replace: (path, value) => {
        if (path === "observation.boom" || value === "boom") {
          throw new Error("no answer");
        }
        if (value === "half") return "\ud800";
        return value === "nan" ? NaN : value === "big" ? 1n as never : value;
      },
    },
  }, async (run) => {
    const one = run.startInstance({ scenario_id: "s" });
    const bad: JsonValue[] = ["nan", "big"];
    const observations = [
      { latency_ms: 1 },
      { boom: CANARY },
      ...bad.map((body) => ({ body })),
    ];
    for (const observation of observations) {
      await assert.rejects(
        one.step({ step_name: "a", step_type: "t", observation }),
        { code: "INVALID_RECORD" },
      );
    }
    for (const data of bad) {
      await assert.rejects(one.artifact("a.json", [data]), {
        code: "INVALID_RECORD",
      });
    }
    for (const text of ["boom", "half", "nan"]) {
      await assert.rejects(one.artifact("a.txt", text), {
        code: "INVALID_RECORD",
      });
    }
    assert(!(await everythingIn(run.path)).includes(CANARY));
    assert.equal(run.stats.total_steps, 0);
  }));

test("createRun() refuses bad options of `redact`, and creates nothing", () =>
  withTempDir(async (dir) => {
    const bad: unknown[] = [
      null,
      "yes",
      { header: ["a"] },
      { headers: "a" },
      { headers: [""] },
      { headers: [1] },
      { paths: ["a..b"] },
      { paths: [1] },
      { replace: "x" },
    ];
    for (const redact of bad) {
      const options = { dir, sut_name: "shop", redact } as CreateRunOptions;
      await assert.rejects(createRun(options), { code: "INVALID_OPTION" });
    }
    const replace = () => {
      throw new Error("boom");
    };
    await assert.rejects(
      aRun(dir, { config: { a: 1 }, redact: { replace } }),
      { code: "INVALID_OPTION", path: "redact.replace" },
    );
    assert.deepEqual(await readdir(dir), []);
  }));

test("resumeRun() redacts too", () =>
  withTempDir(async (dir) => {
    const first = await aRun(dir);
    await first[Symbol.asyncDispose]();
    const run = await resumeRun(first.path, { redact: { headers: ["x-own"] } });
    await recordEverywhere(run, { headers: { "x-own": CANARY } });
    await run.finalize();
    assert(!(await everythingIn(run.path)).includes(CANARY));
  }));

test("resumeRun() refuses bad options, and touches nothing", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    await run[Symbol.asyncDispose]();
    const before = await everythingIn(run.path);
    const bad: unknown[] = [
      null,
      { redacted: { headers: ["x-session"] } },
      { redact: { header: ["x-session"] } },
      { syncArtifacts: "yes" },
      { limits: { recordBytesMax: 0 } },
      { mode: 0o400 },
    ];
    for (const options of bad) {
      await assert.rejects(resumeRun(run.path, options as ResumeRunOptions), {
        code: "INVALID_OPTION",
      });
    }
    assert.equal(await everythingIn(run.path), before);
  }));

test("a token is recorded nowhere, asked for by the replay, and sent again", () =>
  withTempDir(async (dir) => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.setHeader("set-cookie", `session=${CANARY}`);
      response.end("ok");
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const run = await aRun(dir);
      const one = run.startInstance({ scenario_id: "s" });
      const answer = await fetch(`http://127.0.0.1:${port}/pay`, {
        headers: { authorization: CANARY },
      });
      await one.step({
        step_name: "pay",
        step_type: "http",
        observation: {
          ok: true,
          status_code: 200,
          headers: Object.fromEntries(answer.headers),
          body: await answer.text(),
        },
        request: {
          method: "GET",
          url: "/pay",
          headers: { Authorization: CANARY },
        },
      });
      await one.complete();
      await run.finalize();
      assert(!(await everythingIn(run.path)).includes(CANARY));

      const past = await openRun(run.path);
      const execute = httpExecutor({ baseUrl: `http://127.0.0.1:${port}` });
      const replay = (secrets: Record<string, string>) =>
        replayInstance(past, one.instance_id, execute, { secrets }).verdict();
      await assert.rejects(replay({}), {
        code: "INCOMPLETE_RECORDING",
        message: /"authorization" was not supplied/,
      });
      assert.equal(seen.length, 1);
      const { stepsReplayed } = await replay({ authorization: CANARY });
      assert.equal(stepsReplayed, 1);
      assert.deepEqual(seen, [CANARY, CANARY]);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }));

test("the totals count a latency that a rule has changed", () =>
  withRun({
    redact: {
      replace: (path, value) =>
        path === "observation.latency_ms" && value === 3 ? 70 : undefined,
    },
  }, async (run) => {
    const one = run.startInstance({ scenario_id: "s" });
    for (const request of [undefined, {}]) {
      await one.step({
        step_name: "a",
        step_type: "t",
        observation: { latency_ms: 3 },
        ...(request && { request }),
      });
    }
    const { p50_latency_ms } = run.stats;
    assert.ok(Math.abs(p50_latency_ms! - 70) <= 0.7, String(p50_latency_ms));
    const past = await openRun(run.path);
    for await (const { observation } of past.steps()) {
      assert.equal(observation.latency_ms, 70);
    }
  }));

test("a record that is made while another is checked does not hide its secrets", () =>
  withRun({}, async (run) => {
    const one = run.startInstance({ scenario_id: "checkout" });
    const headers = { cookie: CANARY };
    const inner: Promise<unknown>[] = [];
    const recordWithin = () => {
      const step = { step_name: "inner", step_type: "http" };
      inner.push(one.step({ ...step, observation: { headers } }));
      return "got";
    };
    await one.step({
      step_name: "outer",
      step_type: "http",
      observation: {
        headers,
        get body() {
          return recordWithin();
        },
      },
    });
    await one.artifact("raw.json", {
      headers,
      get body() {
        return recordWithin();
      },
    });
    await Promise.all(inner);
    await one.complete();
    assert.ok(inner.length >= 2);
    const text = await everythingIn(run.path);
    assert.ok(!text.includes(CANARY));
    assert.ok(text.includes('"$secret":"cookie"'));
  }));
