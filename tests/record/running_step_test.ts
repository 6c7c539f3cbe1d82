import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { test } from "node:test";
import {
  type FileSystem,
  type InstanceTrace,
  type JsonObject,
  openRun,
  recordFetch,
  verifyRun,
} from "../../mod.ts";
import type { InstanceWriter } from "../../mod.ts";
import { runtimeFileSystem } from "../../src/adapters/runtime.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** Records one instance in the callback form, and reads it back. */
async function record(
  fn: (instance: InstanceWriter) => unknown,
): Promise<{ trace: InstanceTrace; thrown: unknown; files: JsonObject[] }> {
  let result: Awaited<ReturnType<typeof record>>;
  await withTempDir(async (dir) => {
    const run = await aRun(dir);
    let thrown: unknown;
    try {
      await run.instance({ scenario_id: "s", instance_key: "k" }, fn);
    } catch (error) {
      thrown = error;
    }
    await run.finalize();
    const past = await openRun(run.path);
    const trace = await past.instance("inst_001");
    const files = await Promise.all(trace.artifacts.map((file) => file.json()));
    result = { trace, thrown, files: files as JsonObject[] };
  });
  return result!;
}

async function withServer(
  body: (baseUrl: string) => Promise<void>,
): Promise<void> {
  const server: Server = createServer((request, answer) => {
    if (request.url === "/lost") return request.socket.destroy();
    answer.statusCode = request.url === "/bad" ? 500 : 200;
    answer.setHeader("content-type", "application/json");
    answer.end(JSON.stringify({ url: request.url, ...request.headers }));
  });
  await new Promise<void>((go) => server.listen(0, "127.0.0.1", go));
  try {
    const { port } = server.address() as { port: number };
    await body(`http://127.0.0.1:${port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("instance() completes what its function did, and returns what it returns", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const value = await run.instance({ scenario_id: "s" }, () => 7);
    assert.equal(value, 7);
    const own = await run.instance({ scenario_id: "s" }, async (instance) => {
      await instance.complete({ passed: null });
      return "ended by itself";
    });
    assert.equal(own, "ended by itself");
    await assert.rejects(run.instance({ scenario_id: "s" }, 7 as never), {
      code: "INVALID_RECORD",
      message: /must have a function/,
    });
    const { pass_count, skip_count, incomplete_count } = await run.finalize();
    assert.deepEqual([pass_count, skip_count, incomplete_count], [1, 1, 0]);
  }));

test("instance() records what its function throws, and throws it on", async () => {
  const error = new RangeError("no stock", { cause: "empty" });
  const { trace, thrown } = await record(() => {
    throw error;
  });
  assert.equal(thrown, error);
  const { passed, error: kept, instance_key } = trace.instance!;
  assert.equal(passed, false);
  assert.equal(instance_key, "k");
  assert.deepEqual(kept, {
    name: "RangeError",
    message: "no stock",
    stack: error.stack,
    cause: "empty",
  });
});

test("step() notes time, verdict and what was thrown, with its stack", async () => {
  const error = new TypeError("broke");
  const { trace } = await record(async (instance) => {
    const value = await instance.step("wait", async (step) => {
      step.observe({ body: { seen: 1n } });
      await new Promise((go) => setTimeout(go, 20));
      return "waited";
    });
    assert.equal(value, "waited");
    await assert.rejects(
      instance.step({ step_name: "break", step_type: "own" }, () => {
        throw error;
      }),
      error,
    );
  });
  const [first, second] = trace.steps;
  assert.equal(first!.step_type, "function");
  assert.equal(first!.observation.ok, true);
  assert(first!.observation.latency_ms! >= 15);
  assert.deepEqual(first!.observation.body, {
    seen: { $type: "bigint", value: "1" },
  });
  assert.equal(second!.step_type, "own");
  assert.equal(second!.observation.ok, false);
  const [kept] = second!.observation.errors as { stack: string }[];
  assert.equal(kept!.stack, error.stack);
  // Caught, and so no error of the instance: but nothing judged the step.
  assert.equal(trace.instance!.error, null);
  assert.equal(trace.instance!.passed, false);
});

test("step.fetch() records the exchange, and sends the step's own span", () =>
  withServer(async (baseUrl) => {
    const { trace, files } = await record((instance) =>
      instance.step("order", async (step) => {
        const json = { user: 7 };
        const answer = await step.fetch("/orders", { json, baseUrl });
        step.assertEquals("status", answer.status, 200);
        const body = await answer.json();
        assert.equal(body.traceparent, step.headers().traceparent);
      })
    );
    const [step] = trace.steps;
    assert.equal(step!.step_type, "http");
    assert.equal(step!.observation.status_code, 200);
    const [request, response] = files;
    assert.equal(request!.method, "POST");
    assert.deepEqual(request!.body, { user: 7 });
    assert.equal(response!.status_code, 200);
    assert.equal(trace.instance!.passed, true);
  }));

test("a status that says error fails the instance, unless an assertion judged it", () =>
  withServer(async (baseUrl) => {
    const verdicts = [];
    for (const isJudged of [false, true]) {
      const { trace } = await record((instance) =>
        instance.step("bad", async (step) => {
          const { status } = await step.fetch("/bad", { baseUrl });
          if (isJudged) step.assertEquals("status", status, 500);
        })
      );
      assert.equal(trace.steps[0]!.observation.ok, false);
      verdicts.push(trace.instance!.passed);
    }
    assert.deepEqual(verdicts, [false, true]);
  }));

test("step.fetch() throws where no answer came, and the cause is noted once", () =>
  withServer(async (baseUrl) => {
    const { trace, thrown } = await record((instance) =>
      instance.step("lost", (step) => step.fetch("/lost", { baseUrl }))
    );
    assert(thrown instanceof TypeError);
    const { ok, status_code, errors } = trace.steps[0]!.observation;
    assert.deepEqual([ok, status_code, errors!.length], [false, null, 1]);
  }));

test("a step that is retried notes each attempt", async () => {
  let calls = 0;
  const { trace } = await record((instance) =>
    instance.step({ step_name: "flaky", retries: 2 }, () => {
      calls++;
      if (calls < 3) throw new Error(`attempt ${calls}`);
      return calls;
    })
  );
  const { ok, attempts } = trace.steps[0]!.observation as {
    ok: boolean;
    attempts: { ok: boolean; errors?: { message: string }[] }[];
  };
  assert.equal(ok, true);
  assert.deepEqual(attempts.map(({ ok }) => ok), [false, false, true]);
  assert.equal(attempts[1]!.errors![0]!.message, "attempt 2");
  assert.equal(trace.instance!.passed, true);
});

test("what an attempt does after its end is not taken for the work of the next", () =>
  withServer(async (url) => {
    let late: Promise<PromiseSettledResult<unknown>[]> | undefined;
    const { trace } = await record(async (instance) => {
      await instance.step(
        { step_name: "flaky", timeoutMs: 20, retries: 1 },
        async (step) => {
          if (late) {
            await late;
            step.observe({ attempt: 2 });
            return;
          }
          const ended = Promise.withResolvers<void>();
          step.signal.addEventListener("abort", () => ended.resolve());
          late = ended.promise.then(async () => {
            await new Promise((go) => setTimeout(go, 1));
            return await Promise.allSettled([
              step.fetch(url),
              Promise.resolve().then(() => step.observe({ attempt: 1 })),
            ]);
          });
          await late;
        },
      );
    });
    for (const settled of (await late)!) {
      assert.equal(settled.status, "rejected");
      assert.equal(settled.reason.code, "STEP_CLOSED");
    }
    const { attempt, status_code } = trace.steps[0]!.observation;
    assert.deepEqual({ attempt, status_code }, {
      attempt: 2,
      status_code: undefined,
    });
  }));

test("an instance whose function throws nothing at all has failed", async () => {
  for (const nothing of [undefined, null]) {
    const { trace } = await record(() => {
      throw nothing;
    });
    assert.equal(trace.instance!.passed, false);
    assert.equal(trace.instance!.error!.message, String(nothing));
  }
});

test("a step that takes too long fails, and its signal fires", async () => {
  let reason: unknown;
  const { trace, thrown } = await record((instance) =>
    instance.step(
      { step_name: "slow", timeoutMs: 20 },
      (step) =>
        new Promise(() => {
          step.signal.addEventListener("abort", () => {
            reason = step.signal.reason;
          });
        }),
    )
  );
  assert.equal((thrown as Error).name, "TimeoutError");
  assert.equal(reason, thrown);
  assert.equal(trace.steps[0]!.observation.ok, false);
});

test("steps may be nested and run side by side", async () => {
  const { trace } = await record((instance) =>
    instance.step("outer", async (outer) => {
      await Promise.all(
        ["a", "b", "c"].map((name, index) =>
          instance.step(name, async (step) => {
            await new Promise((go) => setTimeout(go, 15 - 5 * index));
            step.assert(`${name} is done`, true);
          })
        ),
      );
      outer.assert("all", true);
    })
  );
  assert.deepEqual(
    trace.steps.map(({ step_name }) => step_name),
    ["outer", "a", "b", "c"],
  );
  const judged = Object.fromEntries(
    trace.assertions.map(({ assertion_name, step_index }) => [
      assertion_name,
      step_index,
    ]),
  );
  assert.deepEqual(judged, {
    "a is done": 1,
    "b is done": 2,
    "c is done": 3,
    all: 0,
  });
});

test("recordFetch() records into the step at hand, also side by side", () =>
  withServer(async (baseUrl) => {
    const client = { fetch: recordFetch({ baseUrl }) };
    const { trace } = await record((instance) =>
      Promise.all(
        ["/a", "/b", "/c"].map((url, index) =>
          instance.step(url, async () => {
            await new Promise((go) => setTimeout(go, 15 - 5 * index));
            await client.fetch(url);
          })
        ),
      )
    );
    for (const { step_name, observation } of trace.steps) {
      assert.equal((observation.body as { url: string }).url, step_name);
    }
    await assert.rejects(client.fetch("/a"), { code: "NO_STEP" });
  }));

test("step() refuses what is not a function, and unknown options", async () => {
  const { trace } = await record(async (instance) => {
    const step = instance.step.bind(instance) as never as (
      ...args: unknown[]
    ) => Promise<unknown>;
    for (
      const args of [
        ["name"],
        ["name", 7],
        [{ step_name: "a", retry: 3 }, () => {}],
        [{ step_name: "a", retries: -1 }, () => {}],
        [{ step_name: "" }, () => {}],
        ["name", () => {}, { retries: 2 }],
      ] as unknown[][]
    ) {
      await assert.rejects(step(...args), { code: "INVALID_RECORD" });
    }
  });
  assert.deepEqual(trace.steps, []);
});

test("a function whose record is refused fails its instance, and what it threw is heard", async () => {
  const { trace } = await record(async (instance) => {
    const broken = (fails: boolean) =>
      instance.step("pay", (step) => {
        step.observe({ status_code: "402" as never });
        if (fails) throw new Error("declined");
      });
    await assert.rejects(broken(false), { code: "INVALID_RECORD" });
    await assert.rejects(broken(true), { message: "declined" });
  });
  assert.equal(trace.instance!.passed, false);
  assert.deepEqual(
    trace.steps.map(({ step_index, observation: { ok } }) => [step_index, ok]),
    [[0, false], [1, false]],
  );
});

test("a function that ends while its run is sealed adds nothing to it", () =>
  withTempDir(async (dir) => {
    const disk = await runtimeFileSystem();
    const end = Promise.withResolvers<void>();
    const fs: FileSystem = {
      ...disk,
      async openRead(path) {
        if (path.endsWith("assertions.jsonl")) {
          end.resolve();
          await step.catch(() => {});
        }
        return await disk.openRead(path);
      },
    };
    const run = await aRun(dir, { fs });
    const one = run.startInstance({ scenario_id: "s" });
    const step = one.step("pay", () => end.promise);
    const { total_steps } = await run.finalize();
    await assert.rejects(step, { code: "RUN_CLOSED" });
    assert.equal(total_steps, 0);
    assert.deepEqual((await verifyRun(run.path)).problems, []);
  }));
