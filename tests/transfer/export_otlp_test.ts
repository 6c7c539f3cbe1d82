/**
 * Traces of OpenTelemetry: messages that its own schema knows, each span once,
 * and a real receiver that is busy, picky or gone.
 */
import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import protobuf from "protobufjs";
import { exportOtlp, openRun, resumeRun, type RunReader } from "../../mod.ts";
import type { Span, TracesData } from "../../src/transfer/otlp_spans.ts";
import { aRun, recordInstance, recordRun } from "../support/run_builder.ts";
import { ROOT } from "../support/runtimes.ts";
import * as samples from "../support/samples.ts";
import { withTempDir } from "../support/temp_dir.ts";

const PROTO = join(ROOT, "tests", "transfer", "proto");
const root = new protobuf.Root();
root.resolvePath = (_, target) =>
  target.startsWith("/") ? target : join(PROTO, target);
await root.load("opentelemetry/proto/trace/v1/trace.proto");
const TYPE = root.lookupType("opentelemetry.proto.trace.v1.TracesData");

const ID = /^(?!0+$)(?:[0-9a-f]{32}|[0-9a-f]{16})$/;

/** Ids are hex digits in OTLP/JSON, and base64 elsewhere in the JSON of Protobuf. */
function withIds(value: unknown, convert: (id: string) => string): unknown {
  if (Array.isArray(value)) return value.map((it) => withIds(it, convert));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, it]) => [
      key,
      /^(?:traceId|spanId|parentSpanId)$/.test(key)
        ? convert(it)
        : withIds(it, convert),
    ]),
  );
}

/** Its spans, after it went through the schema to bytes and back unchanged. */
function spansIn(line: string): Span[] {
  const message: TracesData = JSON.parse(line);
  const inBase64 = withIds(message, (id) => {
    assert.match(id, ID);
    return Buffer.from(id, "hex").toString("base64");
  }) as object;
  const problem = TYPE.verify(TYPE.fromObject(inBase64));
  assert.equal(problem, null);
  const bytes = TYPE.encode(TYPE.fromObject(inBase64)).finish();
  const back = TYPE.toObject(TYPE.decode(bytes), {
    longs: String,
    bytes: String,
    arrays: true,
  });
  // `arrays: true` adds empty lists that were not sent: only ours are compared.
  assert.deepEqual(
    withoutEmpty(
      withIds(back, (id) => Buffer.from(id, "base64").toString("hex")),
    ),
    withoutEmpty(message),
  );
  return message.resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans)
  );
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, it]) => !(Array.isArray(it) && it.length === 0))
      .map(([key, it]) => [key, withoutEmpty(it)]),
  );
}

async function spansOfFile(run: RunReader, file: string): Promise<Span[]> {
  await exportOtlp(run, file);
  return (await readFile(file, "utf8")).trim().split("\n").flatMap(spansIn);
}

const attribute = ({ attributes }: Pick<Span, "attributes">, name: string) =>
  Object.values(attributes.find(({ key }) => key === name)?.value ?? {})[0];

test("an instance is a span, its steps are spans below it, assertions are events", () =>
  withTempDir(async (dir) => {
    const path = await recordRun(dir, [
      {
        instance_key: "pays",
        steps: [
          {
            step_name: "cart",
            observation: { ok: true, status_code: 201, latency_ms: 12.5 },
          },
          {
            step_name: "pay",
            step_type: "queue",
            observation: {
              ok: false,
              status_code: 0.5,
              errors: [{ code: "refused", message: "Connection refused" }, "x"],
            },
          },
        ],
        assertions: [{
          assertion_name: "total",
          passed: false,
          expected: 300,
          actual: { total: 299 },
        }],
      },
      { completion: { error: new Error("lost") } },
      { steps: [{ observation: {} }], completion: false },
    ]);
    const run = await openRun(path);
    const spans = await spansOfFile(run, join(dir, "traces.jsonl"));
    const trace = await run.instance("inst_001");
    const of = (id: string) =>
      spans.filter(({ traceId }) =>
        traceId ===
          spans.find((span) =>
            attribute(span, "windtunnel.instance_id") === id
          )!.traceId
      );
    const [first, cart, pay] = of("inst_001") as [Span, Span, Span];
    assert.equal(first.traceId, trace.instance!.correlation_id);
    assert.equal(first.parentSpanId, undefined);
    assert.equal(attribute(first, "test.case.name"), "pays");
    assert.equal(attribute(first, "test.case.result.status"), "fail");
    assert.deepEqual(first.status, { code: 2, message: "failed" });
    assert.deepEqual(
      [cart, pay].map(({ spanId, parentSpanId, traceId, name, kind }) => ({
        spanId,
        parentSpanId,
        traceId,
        name,
        kind,
      })),
      trace.steps.map(({ span_id, step_name }, i) => ({
        spanId: span_id,
        parentSpanId: first.spanId,
        traceId: first.traceId,
        name: step_name,
        kind: [3, 1][i],
      })),
    );
    assert.equal(
      BigInt(cart.endTimeUnixNano) - BigInt(cart.startTimeUnixNano),
      12_500_000n,
    );
    assert.equal(attribute(cart, "http.response.status_code"), "201");
    assert.equal(attribute(pay, "windtunnel.status_code"), 0.5);
    assert.equal(attribute(pay, "error.type"), "refused");
    assert.deepEqual(pay.events.map(({ name }) => name), [
      "assertion",
      "exception",
      "exception",
    ]);
    assert.equal(
      attribute(pay.events[0]!, "windtunnel.assertion.actual"),
      '{"total":299}',
    );
    assert.equal(
      attribute(pay.events[1]!, "exception.message"),
      "Connection refused",
    );
    assert.equal(attribute(pay.events[2]!, "exception.message"), "x");
    const [second] = of("inst_002");
    const [third] = of("inst_003");
    assert.deepEqual(second!.status, { code: 2, message: "lost" });
    assert.match(
      String(attribute(second!.events[0]!, "exception.stacktrace")),
      /export_otlp_test/,
    );
    assert.deepEqual(third!.status, { code: 2, message: "never completed" });
    assert.equal(spans.length, 6);
  }));

test("the span of an instance is the one that its headers name", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const instance = run.startInstance({ scenario_id: "checkout" });
    const { traceparent } = instance.headers();
    await instance.step({
      step_name: "pay",
      step_type: "http",
      observation: {},
    });
    await instance.complete();
    const own = "4bf92f3577b34da6a3ce929d0e0e4736";
    await recordInstance(run, {
      correlation_id: own,
      steps: [{ observation: {} }],
    });
    await run.appendInstance({
      ...samples.instance,
      instance_id: "appended",
      correlation_id: "order 4711",
    });
    await run.finalize();
    const spans = await spansOfFile(
      await openRun(run.path),
      join(dir, "traces.jsonl"),
    );
    const first = spans.find((span) =>
      attribute(span, "windtunnel.instance_id") === "inst_001"
    );
    assert.equal(traceparent, `00-${first!.traceId}-${first!.spanId}-01`);
    assert.deepEqual(
      spans.filter(({ traceId }) => traceId === own).length,
      2,
    );
    const hashed = spans.find((span) =>
      attribute(span, "windtunnel.correlation_id") === "order 4711"
    );
    assert.match(hashed!.traceId, ID);
  }));

test("every span is there once, of a large run and of a resumed one", () =>
  withTempDir(async (dir) => {
    const interrupted = await aRun(dir);
    await recordInstance(interrupted, {
      steps: [{ observation: {} }, { observation: {} }],
      completion: false,
    });
    await interrupted[Symbol.asyncDispose]();
    const run = await resumeRun(interrupted.path);
    const again = run.startInstance({
      scenario_id: "checkout",
      instance_id: "inst_001",
    });
    await again.step({ step_name: "pay", step_type: "http", observation: {} });
    await again.complete();
    await Promise.all(
      Array.from({ length: 700 }, () =>
        recordInstance(run, {
          steps: [{ observation: { ok: true } }, { observation: {} }],
          assertions: [{}],
        })),
    );
    await run.finalize();
    const past = await openRun(run.path);
    const file = join(dir, "traces.jsonl");
    const done = await exportOtlp(past, file);
    const lines = (await readFile(file, "utf8")).trim().split("\n");
    assert.ok(lines.length > 1);
    const spans = lines.flatMap(spansIn);
    assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, spans.length);
    assert.deepEqual(done, {
      instances: 701,
      spans: spans.length,
      rejected: { spans: 0, reason: "" },
      abandonedSteps: 2,
    });
    const stepIds = await Array.fromAsync(
      past.steps(),
      ({ span_id }) => span_id,
    );
    const ids = new Set(spans.map(({ spanId }) => spanId));
    assert.equal(stepIds.filter((id) => !ids.has(id)).length, 2);
    assert.equal(spans.length, stepIds.length - 2 + 701);
    const parents = new Set(
      spans.filter((it) => !it.parentSpanId).map(({ spanId }) => spanId),
    );
    for (const { parentSpanId } of spans) {
      assert.ok(parentSpanId === undefined || parents.has(parentSpanId));
    }
  }));

/** A real HTTP receiver; gives its address. */
async function withReceiver(
  listener: RequestListener,
  body: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("a collector gets every span, and is tried again while it is busy", () =>
  withTempDir(async (dir) => {
    const run = await openRun(
      await recordRun(dir, [{ steps: [{ observation: {} }] }, {}]),
    );
    const got: Span[] = [];
    const seen: string[] = [];
    let busy = 2;
    await withReceiver((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text) => body += text);
      request.on("end", () => {
        seen.push(
          `${request.method} ${request.url} ${
            request.headers["content-type"]
          } ${request.headers.authorization}`,
        );
        if (busy-- > 0) {
          response.writeHead(503, { "retry-after": "0" }).end("busy");
          return;
        }
        got.push(...spansIn(body));
        response.writeHead(200, { "content-type": "application/json" });
        response.end(
          '{"partialSuccess":{"rejectedSpans":"1","errorMessage":"late"}}',
        );
      });
    }, async (url) => {
      const done = await exportOtlp(run, url.replace("//", "//me:p%40ss@"));
      assert.deepEqual(done, {
        instances: 2,
        spans: 3,
        rejected: { spans: 1, reason: "late" },
        abandonedSteps: 0,
      });
    });
    assert.equal(got.length, 3);
    const call = `POST /v1/traces application/json Basic ${
      Buffer.from("me:p@ss").toString("base64")
    }`;
    assert.deepEqual(seen, [call, call, call]);
  }));

test("a collector that refuses is an error that shows no secret", () =>
  withTempDir(async (dir) => {
    const run = await openRun(await recordRun(dir, [{}]));
    let calls = 0;
    await withReceiver((_, response) => {
      calls++;
      response.writeHead(401).end("who are you?");
    }, async (url) => {
      await assert.rejects(
        exportOtlp(run, `${url.replace("//", "//me:hunter2@")}/in?key=hunter2`),
        (error: Error & { code?: string }) =>
          error.code === "WRITE_FAILED" &&
          error.message.endsWith('/in": it answered 401 who are you?') &&
          !error.message.includes("hunter2"),
      );
    });
    assert.equal(calls, 1);
    for (
      const [target, options] of [
        ["", {}],
        ["http://", {}],
        ["x.jsonl", { header: {} }],
      ] as const
    ) {
      await assert.rejects(
        exportOtlp(run, target, options as Record<string, never>),
        { code: "INVALID_OPTION" },
      );
    }
  }));

test(
  "the file may be read by those who may read the run",
  { skip: process.platform === "win32" && "Windows has no such permissions" },
  () =>
    withTempDir(async (dir) => {
      const path = await recordRun(dir, [{}], { mode: 0o600 });
      const file = join(dir, "traces.jsonl");
      await exportOtlp(await openRun(path), file);
      assert.equal((await stat(file)).mode & 0o777, 0o600);
    }),
);
