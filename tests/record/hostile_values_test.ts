/** What JSON cannot hold is refused with its path; the rest reads back equal. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import {
  ArtifactError,
  createRun,
  openRun,
  type RunWriter,
} from "../../mod.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

function nested(depth: number): unknown {
  let value: unknown = "deep";
  for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { in: value };
  return value;
}

const cycle: unknown[] = [];
cycle.push({ again: cycle });

const revoked = Proxy.revocable({}, {});
revoked.revoke();
const revokedArray = Proxy.revocable([], {});
revokedArray.revoke();

const boom = (): never => {
  throw new Error("boom");
};

class Money {
  amount = 5;
}

/** On all three runtimes; TypeScript does not know it yet. */
const { rawJSON: rawJson } = JSON as unknown as {
  rawJSON: (text: string) => unknown;
};

/** The place within the value that is blamed, and a word of the message. */
const REFUSED: [name: string, value: unknown, path: string, word: string][] = [
  ["a bigint", 1n, "", "a bigint"],
  ["NaN", { a: NaN }, ".a", "NaN"],
  ["Infinity", [0, Infinity], "[1]", "Infinity"],
  ["-Infinity", -Infinity, "", "-Infinity"],
  ["undefined in an array", [1, undefined], "[1]", "undefined"],
  ["a function", { f() {} }, ".f", "a function"],
  ["a symbol", { s: Symbol("s") }, ".s", "a symbol"],
  ["a cycle", cycle, "[0].again", "a cycle"],
  ["a Date", { at: new Date(0) }, ".at", '"Date"'],
  ["a Map", new Map([[1, 2]]), "", '"Map"'],
  ["a Set", new Set([1]), "", '"Set"'],
  ["a RegExp", /x/, "", '"RegExp"'],
  ["an Error", { cause: new Error("x") }, ".cause", '"Error"'],
  ["a Uint8Array", new Uint8Array(2), "", '"Uint8Array"'],
  ["a Float64Array", { f: new Float64Array(1) }, ".f", '"Float64Array"'],
  ["an ArrayBuffer", new ArrayBuffer(2), "", '"ArrayBuffer"'],
  ["a class", { price: new Money() }, ".price", '"Money"'],
  ["a boxed string", new String("s"), "", '"String"'],
  ["a boxed number", { n: Object(1) }, ".n", '"Number"'],
  ["a boxed boolean", Object(false), "", '"Boolean"'],
  ["a boxed bigint", Object(1n), "", '"BigInt"'],
  ["raw JSON", { a: rawJson("12345678901234567890") }, ".a", "rawJSON"],
  ["toJSON that throws", { toJSON: boom }, "", "toJSON"],
  ["toJSON that lies", { a: { toJSON: () => 7 } }, ".a", "toJSON"],
  [
    "toJSON of an array",
    Object.defineProperty([1], "toJSON", { value: () => 7 }),
    "",
    "toJSON",
  ],
  [
    "a getter that throws",
    {
      a: {
        get b() {
          return boom();
        },
      },
    },
    ".a.b",
    "boom",
  ],
  [
    "a getter that throws nonsense",
    {
      get a() {
        throw Object.create(null);
      },
    },
    ".a",
    "throws",
  ],
  [
    "a proxy that throws",
    { p: new Proxy({}, { ownKeys: boom }) },
    ".p",
    "boom",
  ],
  ["a revoked proxy", { p: revoked.proxy }, ".p", "throws"],
  ["a revoked proxy of an array", [revokedArray.proxy], "[0]", "throws"],
  ["an array with holes", { a: [1, , 3] }, ".a[1]", "undefined"],
  ["an array of holes", new Array(3), "[0]", "undefined"],
  ["an array of a class", class extends Array {}.of(1), "", "class"],
  ["nesting of 10,000 levels", nested(10_000), "", "levels"],
];

const shared = { twice: true };

const KEPT: [name: string, value: unknown][] = [
  ["lone surrogates", { "\ud800": ["\udc00x", "a\ud83d"] }],
  ["line ends", "a\nb\r\nc\u2028d\u2029e\u0085f"],
  ["control characters", "\0\u0001\b\t\u001f\u007f\u009f\ufeff\ufffe\uffff"],
  ["a __proto__ key", JSON.parse('{"__proto__":{"polluted":true},"a":1}')],
  ["constructor keys", { constructor: 1, prototype: { toString: "x" } }],
  ["keys like indexes", { 2: "b", 1: "a", "": 0, "a.b": 1, 'c"d': 2 }],
  ["toJSON that is data", { toJSON: "no function" }],
  ["an object without prototype", Object.assign(Object.create(null), { a: 1 })],
  ["a value twice", [shared, shared]],
  ["extreme numbers", [
    5e-324,
    -1.7976931348623157e308,
    2 ** 53 + 2,
    0.1 + 0.2,
  ]],
  ["nesting of 300 levels", nested(300)],
  ["the items of an array with properties", { m: "ab".match(/(b)/) }],
  ["what is enumerable", { a: 1, [Symbol("s")]: 2 }],
  ["a frozen object", Object.freeze({ a: Object.freeze([1]) })],
  ["a quiet proxy", new Proxy({ a: [1] }, {})],
  ["a quiet getter", {
    get a() {
      return [1];
    },
  }],
  ["values of another realm", runInNewContext("({ a: [1, { b: null }] })")],
  ["an emoji over a chunk", "🛒".repeat(600_000)],
];

/** As JSON compares: no prototypes, `undefined` left out. */
function assertSame(actual: unknown, expected: unknown): void {
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return Array.from(value, plain);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, plain(member)]),
    );
  };
  assert.deepEqual(actual, plain(expected));
}

async function withRun(
  body: (run: RunWriter, read: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  await withTempDir(async (dir) => {
    await using run = await aRun(dir);
    await body(run, async () => {
      await run.finalize();
      return await openRun(run.path);
    });
  });
}

test("step(), assertion(), artifact() and startInstance() refuse what JSON cannot hold, and go on", async () => {
  await withTempDir(async (dir) => {
    const run = await aRun(dir);
    const one = run.startInstance({ scenario_id: "s" });
    for (const [name, value, path, word] of REFUSED) {
      const refused = (field: string) => (error: unknown) => {
        assert(error instanceof ArtifactError, `${name}: ${error}`);
        assert.equal(error.code, "INVALID_RECORD", name);
        assert(
          error.path === field + path ||
            error.path!.startsWith(`${field}.in`) ||
            error.path!.startsWith(`${field}[0].in`),
          `${name}: ${error.path}`,
        );
        assert(error.message.includes(word), `${name}: ${error.message}`);
        return true;
      };
      const step = { step_name: "a", step_type: "t" };
      const given = value as never;
      await assert.rejects(
        one.step({ ...step, observation: { body: given } }),
        refused("observation.body"),
      );
      await assert.rejects(
        one.step({ ...step, request: given }),
        refused("request"),
      );
      await assert.rejects(
        one.step({ ...step, response: [given] }),
        refused("response[0]"),
      );
      await assert.rejects(
        one.assertion({ assertion_name: "a", passed: true, actual: given }),
        refused("actual"),
      );
      if (!(value instanceof Uint8Array)) {
        await assert.rejects(one.artifact("a.json", given), refused("a.json"));
      }
      assert.throws(
        () => run.startInstance({ scenario_id: "s", entry_data: { x: given } }),
        refused("entry_data.x"),
      );
      await assert.rejects(
        createRun({ dir, sut_name: "shop", config: { x: given } }),
        { code: "INVALID_OPTION" },
        name,
      );
    }
    await one.step({ step_name: "good", step_type: "t" });
    await one.complete();
    await run.finalize();
    const { steps, artifacts } = await (await openRun(run.path))
      .instance(one.instance_id);
    assert.deepEqual(steps.map((step) => step.step_index), [0]);
    assert.deepEqual(artifacts, []);
  });
});

test("every method refuses an input that throws when it is read, and goes on", async () => {
  await withRun(async (run) => {
    const one = run.startInstance({ scenario_id: "s" });
    const throwing = (field: string, good: object = {}) =>
      Object.defineProperty({ ...good }, field, {
        get: boom,
        enumerable: true,
      });
    const step = { step_name: "a", step_type: "t" };
    const artifacts = new Proxy([], { get: boom });
    const hostile = [revoked.proxy, new Proxy({}, { ownKeys: boom })];
    const refused = [
      ...hostile.map((input) => () => one.step(input as never)),
      ...hostile.map((input) => () => one.assertion(input as never)),
      ...hostile.map((input) => () => one.complete(input as never)),
      ...["step_name", "observation", "request", "artifacts"].map(
        (field) => () => one.step(throwing(field, step) as never),
      ),
      () => one.step({ ...step, artifacts }),
      () => one.assertion(throwing("expected") as never),
      () => one.complete(throwing("error")),
      // deno-lint-ignore require-await
      async () => run.startInstance(revoked.proxy as never),
      // deno-lint-ignore require-await
      async () => run.startInstance(throwing("scenario_id") as never),
    ];
    for (const call of refused) {
      await assert.rejects(call, (error: unknown) => {
        assert(error instanceof ArtifactError, `${call}: ${error}`);
        assert.equal(error.code, "INVALID_RECORD");
        return true;
      });
    }
    await one.step(step);
    await one.complete();
    assert.equal(
      run.startInstance({ scenario_id: "s" }).instance_id,
      "inst_002",
    );
    const { total_steps, total_assertions, total_instances } = run.stats;
    assert.deepEqual([total_steps, total_assertions, total_instances], [
      1,
      0,
      1,
    ]);
  });
});

test("step(), assertion() and artifact() keep what JSON holds, however odd", async () => {
  await withRun(async (run, read) => {
    const one = run.startInstance({ scenario_id: "s" });
    for (const [index, [, value]] of KEPT.entries()) {
      const given = value as never;
      await one.step({
        step_name: "a",
        step_type: "t",
        observation: { body: given },
        request: given,
      });
      await one.assertion({ assertion_name: "a", passed: true, actual: given });
      await one.artifact(`${index}.json`, [given]);
    }
    await one.complete();
    const past = await read() as Awaited<ReturnType<typeof openRun>>;
    const trace = await past.instance(one.instance_id);
    const files = new Map(trace.artifacts.map((file) => [file.name, file]));
    for (const [index, [name, value]] of KEPT.entries()) {
      const number = String(index + 1).padStart(3, "0");
      assertSame(trace.steps[index]!.observation.body, value);
      assertSame(trace.assertions[index]!.actual, value);
      assertSame(await files.get(`step_${number}_request.json`)!.json(), value);
      assertSame(await files.get(`${index}.json`)!.json(), [value]);
      assert(name);
    }
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });
});

test("step() keeps a text of 50 MB, and takes -0 as 0", async () => {
  await withRun(async (run, read) => {
    const one = run.startInstance({ scenario_id: "s" });
    const body = "0123456789abcde\n".repeat(50 * 2 ** 16);
    await one.step({ step_name: "a", step_type: "t", observation: { body } });
    await one.step({
      step_name: "b",
      step_type: "t",
      observation: { body: -0 },
    });
    await one.complete();
    const past = await read() as Awaited<ReturnType<typeof openRun>>;
    const { steps } = await past.instance(one.instance_id);
    assert(steps[0]!.observation.body === body);
    assert.equal(Object.is(steps[1]!.observation.body, 0), true);
  });
});

test("artifact() refuses a text that is no UTF-8", async () => {
  await withRun(async (run) => {
    const one = run.startInstance({ scenario_id: "s" });
    await assert.rejects(one.artifact("a.txt", "half \ud83d"), {
      code: "INVALID_RECORD",
      path: "a.txt",
    });
    await one.artifact("a.txt", "whole 🛒");
  });
});

test("append of a record refuses hostile records themselves, and goes on", async () => {
  await withRun(async (run) => {
    const good = {
      instance_id: "a",
      run_id: run.run_id,
      correlation_id: "c",
      step_index: 0,
      step_name: "s",
      step_type: "t",
      timestamp: "2024-01-15T10:30:00.500Z",
      observation: {},
      artifacts: [] as string[],
    };
    const hostile = [
      revoked.proxy,
      Object.defineProperty({ ...good }, "step_name", { get: boom }),
      { ...good, artifacts: [, "x"] },
      { ...good, artifacts: Object.assign(["x"], { toJSON: () => 1 }) },
      { ...good, step_name: Object("boxed") },
      JSON.parse(JSON.stringify(good).replace("{", '{"__proto__":1,')),
    ];
    for (const record of hostile) {
      await assert.rejects(run.appendStep(record as never), {
        code: "INVALID_RECORD",
      });
    }
    await run.appendStep(good);
    assert.equal(run.stats.total_steps, 1);
  });
});
