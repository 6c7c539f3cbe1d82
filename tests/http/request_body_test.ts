import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import {
  httpExecutor,
  type HttpRequestInput,
  openRun,
  replayInstance,
  sendHttp,
} from "../../mod.ts";
import { type Received, withHttpService } from "../support/http_service.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { aRun } from "../support/run_builder.ts";

const BYTES = Uint8Array.from([0, 255, 128, 10]);

const form = () => {
  const form = new FormData();
  form.set("user", "7\n8");
  form.set("photo", new File([BYTES], 'a"b.png', { type: "image/png" }));
  return form;
};

/** Each kind of body, and what arrives. */
const KINDS: [
  name: string,
  body: () => unknown,
  arrives: Uint8Array | string,
][] = [
  ["Uint8Array", () => BYTES.slice(), BYTES],
  [
    "DataView",
    () => new DataView(BYTES.slice().buffer, 1, 2),
    BYTES.slice(1, 3),
  ],
  ["ArrayBuffer", () => BYTES.slice().buffer, BYTES],
  [
    "bytes of another realm",
    () => runInNewContext("new Uint8Array([0, 255, 128, 10])"),
    BYTES,
  ],
  ["Blob", () => new Blob([BYTES]), BYTES],
  ["ReadableStream", () => new Blob([BYTES]).stream(), BYTES],
  [
    "stream of Node",
    () => Readable.from([BYTES.slice(0, 2), BYTES.slice(2)]),
    BYTES,
  ],
  [
    "async generator of text",
    async function* () {
      yield "a";
      yield "é";
    },
    "aé",
  ],
  ["URLSearchParams", () => new URLSearchParams({ a: "1 2" }), "a=1+2"],
  ["text", () => "é", "é"],
  [
    "an object",
    () => ({ a: new Date(0), b: 2n ** 64n, c: undefined }),
    '{"a":"1970-01-01T00:00:00.000Z","b":18446744073709551616}',
  ],
];

const bytes = (value: Uint8Array | string) =>
  typeof value === "string" ? new TextEncoder().encode(value) : value;

const post = (body: unknown): HttpRequestInput => ({
  method: "POST",
  url: "/",
  body: typeof body === "function" ? body() : body,
});

test("sendHttp() sends bodies of every kind that fetch takes, and replays the same", () =>
  withTempDir((dir) =>
    withHttpService((_, answer) => answer.end(), async (service) => {
      const { baseUrl, received } = service;
      const run = await aRun(dir);
      const instance = run.startInstance({ scenario_id: "upload" });
      for (const [step_name, body, arrives] of KINDS) {
        const exchange = await sendHttp(post(body()), { baseUrl });
        assert.deepEqual(received.at(-1)!.body, bytes(arrives), step_name);
        await instance.step({ step_name, step_type: "http", ...exchange });
      }
      await instance.step({
        step_name: "form",
        step_type: "http",
        ...await sendHttp(post(form()), { baseUrl }),
      });
      await instance.complete();
      await run.finalize();
      const sent = received.splice(0).map(essence);
      const past = await openRun(run.path);
      const executor = httpExecutor({ baseUrl });
      const verdict = await replayInstance(past, "inst_001", executor)
        .verdict();
      assert.equal(verdict.matches, true, verdict.reason ?? "");
      assert.deepEqual(received.map(essence), sent);
    })
  ));

/** What of a request is the same when it is sent again. */
function essence({ method, headers, body }: Received): unknown[] {
  return [method, headers["content-type"], body];
}

test("sendHttp() sends a form as fetch would, with the same bytes each time", () =>
  withHttpService((_, answer) => answer.end(), async (service) => {
    const { baseUrl, received } = service;
    const { request } = await sendHttp(post(form()), { baseUrl });
    await sendHttp(post(form()), { baseUrl });
    const [first, second] = received.map(essence);
    assert.deepEqual(first, second);
    const { headers, body } = received[0]!;
    const type = headers["content-type"]!;
    assert.equal(request.headers!["content-type"], type);
    assert.equal(request.body_encoding, "base64");
    // As the platform reads it, which is how a service does.
    const read = await new Response(body as BodyInit, {
      headers: { "content-type": type },
    }).formData();
    assert.equal(read.get("user"), "7\r\n8");
    const photo = read.get("photo") as File;
    assert.equal(photo.type, "image/png");
    assert.deepEqual(new Uint8Array(await photo.arrayBuffer()), BYTES);
  }));

test("sendHttp() sets the content type that a body has, where the caller sets none", () =>
  withHttpService((_, answer) => answer.end(), async (service) => {
    const { baseUrl, received } = service;
    const typed = new Blob(["x"], { type: "image/png" });
    const typeOf = async (body: unknown, headers = {}) => {
      const request = { ...post(body), headers };
      const { request: recorded } = await sendHttp(request, { baseUrl });
      const type = received.at(-1)!.headers["content-type"];
      if (type) {
        assert.equal(new Headers(recorded.headers).get("content-type"), type);
      }
      return type;
    };
    assert.equal(await typeOf(typed), "image/png");
    assert.equal(await typeOf(new Blob(["x"])), undefined);
    assert.equal(await typeOf(typed, { "Content-Type": "x/y" }), "x/y");
    assert.equal(
      await typeOf(new URLSearchParams("a=1")),
      "application/x-www-form-urlencoded;charset=UTF-8",
    );
  }));

test("sendHttp() records JSON text as JSON only where that is sent as the same text", () =>
  withHttpService((_, answer) => answer.end(), async ({ baseUrl }) => {
    const recorded = async (body: string) => {
      const headers = { "content-type": "application/json" };
      const { request } = await sendHttp({ ...post(body), headers }, {
        baseUrl,
      });
      return request.body;
    };
    assert.deepEqual(await recorded('{"a":1}'), { a: 1 });
    for (const text of ['{ "a": 1 }', '{"a":1,"a":2}', "{"]) {
      assert.equal(await recorded(text), text);
    }
  }));

test("sendHttp() records a body as it was when it was sent", () =>
  withHttpService((_, answer) => answer.end(), async (service) => {
    const { baseUrl, received } = service;
    const body = { a: [1] };
    const sent = sendHttp(post(body), { baseUrl });
    body.a.push(2);
    assert.deepEqual((await sent).request.body, { a: [1] });
    const bytes = Uint8Array.from([97]);
    const request = sendHttp(post(bytes), { baseUrl });
    bytes[0] = 98;
    assert.equal((await request).request.body, "a");
    assert.deepEqual(received.at(-1)!.body, Uint8Array.from([97]));
  }));

test("sendHttp() rejects with what the stream of a body fails with", () =>
  withHttpService((_, answer) => answer.end(), async ({ baseUrl }) => {
    const cause = new Error("disk gone");
    const broken = new ReadableStream({ pull: () => Promise.reject(cause) });
    await assert.rejects(sendHttp(post(broken), { baseUrl }), cause);
    const wrong = new ReadableStream({ start: (to) => to.enqueue(7) });
    await assert.rejects(
      sendHttp(post(wrong), { baseUrl }),
      /The stream gave a value of type number/,
    );
  }));

test("httpExecutor() sends what a caller recorded of his own fetch, or refuses", () =>
  withTempDir((dir) =>
    withHttpService((_, answer) => answer.end(), async (service) => {
      const { baseUrl, received } = service;
      const fields = new FormData();
      fields.set("a", "1");
      const sent: [body: unknown, arrives: RegExp][] = [
        [BYTES, /^\0\xff\x80\n$/],
        [new URLSearchParams("a=1"), /^a=1$/],
        [fields, /name="a"\r\n\r\n1\r\n/],
        [{ at: new Date(0) }, /^\{"at":"1970-/],
      ];
      const refused = [form(), new Blob(["x"]), new Blob(["x"]).stream()];
      const run = await aRun(dir);
      const instance = run.startInstance({ scenario_id: "upload" });
      for (const body of [...sent.map(([body]) => body), ...refused]) {
        await instance.step({
          step_name: "put",
          step_type: "http",
          request: { method: "PUT", url: "/", body },
          observation: { status_code: 200 },
        });
      }
      await instance.complete();
      await run.finalize();
      const past = await openRun(run.path);
      const replay = (from: number, until: number) =>
        replayInstance(past, "inst_001", httpExecutor({ baseUrl }), {
          from,
          until,
        }).verdict();
      await replay(0, sent.length);
      for (const [i, [, arrives]] of sent.entries()) {
        const text = String.fromCharCode(...received[i]!.body);
        assert.match(text, arrives);
      }
      for (let i = sent.length; i < sent.length + refused.length; i++) {
        await assert.rejects(replay(i, i + 1), {
          code: "INCOMPLETE_RECORDING",
          message: /content was not recorded/,
        });
      }
      assert.equal(received.length, sent.length);
    })
  ));
