import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type HttpRequest,
  type HttpRequestInput,
  type JsonValue,
  sendHttp,
} from "../../mod.ts";
import { recordBody } from "../../src/http/recorded_body.ts";
import { withHttpService } from "../support/http_service.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("sendHttp() notes request, response and observation", () =>
  withHttpService((_, response) => {
    response.writeHead(201, {
      "content-type": "application/json",
      "x-correlation-id": "c1",
      "x-other": "o",
    });
    response.end('{ "id": 7, "name": "\\u00e9" }\n');
  }, async ({ baseUrl, received }) => {
    const request: HttpRequest = {
      method: "POST",
      url: "/carts?n=1",
      headers: { "X-Mine": "m" },
      body: { sku: "A-1" },
    };
    const exchange = await sendHttp(request, { baseUrl });
    assert.deepEqual(exchange.request, request);
    const headers = {
      "content-type": "application/json",
      "x-correlation-id": "c1",
    };
    const body = { id: 7, name: "é" };
    assert.deepEqual(exchange.response, {
      status_code: 201,
      headers,
      body,
      body_encoding: "json",
    });
    const { latency_ms, ...seen } = exchange.observation;
    assert.ok(latency_ms! > 0);
    assert.deepEqual(seen, {
      ok: true,
      status_code: 201,
      headers,
      body,
      body_encoding: "json",
      errors: [],
    });
    const [got] = received;
    assert.equal(`${got!.method} ${got!.url}`, "POST /carts?n=1");
    assert.equal(got!.headers["x-mine"], "m");
    assert.equal(got!.headers["content-type"], "application/json");
    assert.deepEqual(got!.body, bytes('{"sku":"A-1"}'));
    const other = await sendHttp(request, {
      baseUrl,
      recordedHeaders: ["X-Other", "not a header"],
    });
    assert.deepEqual(other.response?.headers, { "x-other": "o" });
  }));

test("sendHttp() sends bodies byte for byte, and nothing where there is none", () =>
  withHttpService((_, response) => response.end(), async (service) => {
    const { baseUrl, received } = service;
    const binary = Uint8Array.from([0, 255, 128, 10]);
    const cases: [Partial<HttpRequest>, Uint8Array, string | undefined][] = [
      [{ body: "{ not: json }" }, bytes("{ not: json }"), undefined],
      [{ body: "7", body_encoding: "json" }, bytes('"7"'), "application/json"],
      [{ body: 7 }, bytes("7"), "application/json"],
      [
        { body: null, body_encoding: "json" },
        bytes("null"),
        "application/json",
      ],
      [{ body: null }, bytes(""), undefined],
      [{}, bytes(""), undefined],
      [{ body: "AP+ACg==", body_encoding: "base64" }, binary, undefined],
      [
        { body: [1], headers: { "content-type": "application/x+json" } },
        bytes("[1]"),
        "application/x+json",
      ],
    ];
    for (const [part, body, type] of cases) {
      await sendHttp({ method: "POST", url: "/", ...part }, { baseUrl });
      assert.deepEqual(received.at(-1)!.body, body, JSON.stringify(part));
      assert.equal(received.at(-1)!.headers["content-type"], type);
    }
  }));

test("sendHttp() sends no body with GET, be it there and empty", () =>
  withHttpService((_, response) => response.end(), async (service) => {
    const { baseUrl, received } = service;
    const get = { method: "GET", url: "/", body: "" };
    const { observation } = await sendHttp(get, { baseUrl });
    assert.equal(observation.ok, true);
    assert.equal(received[0]!.headers["content-length"], undefined);
  }));

test("sendHttp() leaves the headers of the connection to fetch", () =>
  withHttpService((_, response) => response.end(), async (service) => {
    const { baseUrl, received } = service;
    const connection = {
      "connection": "upgrade",
      "Content-Length": "5",
      "expect": "100-continue",
      "Host": "other.invalid",
      "transfer-encoding": "chunked",
      "upgrade": "h2c",
    };
    const { observation } = await sendHttp({
      method: "POST",
      url: "/",
      headers: { ...connection, "x-mine": "m" },
      body: "abc",
    }, { baseUrl });
    assert.equal(observation.status_code, 200, JSON.stringify(observation));
    const [{ headers, body }] = received as [typeof received[0]];
    assert.deepEqual(body, bytes("abc"));
    assert.deepEqual([
      headers["content-length"],
      headers.host,
      headers.expect,
      headers.upgrade,
      headers["transfer-encoding"],
      headers["x-mine"],
    ], ["3", new URL(baseUrl).host, undefined, undefined, undefined, "m"]);
  }));

test("recordBody() keeps JSON as JSON where no value is lost", () => {
  const json = (text: string) => recordBody(bytes(text), "application/json");
  const kept: [string, JsonValue][] = [
    ["null", null],
    ['{ "a": [1.5, -0.1, 1e3, 1e-07] }', { a: [1.5, -0.1, 1000, 1e-7] }],
    ["0.1234567890123456", 0.1234567890123456],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
    ['"12345678901234567890"', "12345678901234567890"],
    ['"a\\"12345678901234567890"', 'a"12345678901234567890'],
    ["0.000000000000000000012", 1.2e-20],
  ];
  for (const [text, body] of kept) {
    assert.deepEqual(json(text), { body, body_encoding: "json" }, text);
  }
  for (const lost of ["{", "NaN", '{"a":1,"a":2}']) {
    assert.deepEqual(json(lost), { body: lost, body_encoding: "text" }, lost);
  }
});

test("recordBody() keeps JSON as text that is nested too deep for a record", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const instance = run.startInstance({ scenario_id: "checkout" });
    const encodings = [];
    for (const depth of [499, 500, 100_000]) {
      const nested = bytes("[".repeat(depth) + "]".repeat(depth));
      const response = recordBody(nested, "application/json");
      encodings.push(response.body_encoding);
      await instance.step({
        step_name: "deep",
        step_type: "http",
        response,
        observation: response,
      });
    }
    assert.deepEqual(encodings, ["json", "text", "text"]);
    await run.finalize();
  }));

test("recordBody() keeps text as text and other bytes as base64", () => {
  const text = { body: '{"a":1}', body_encoding: "text" };
  assert.deepEqual(recordBody(bytes('{"a":1}'), "text/plain"), text);
  assert.deepEqual(recordBody(bytes('{"a":1}'), null), text);
  assert.deepEqual(recordBody(bytes("\ufeffé"), null).body, "\ufeffé");
  assert.deepEqual(recordBody(bytes(""), "application/json"), { body: null });
  assert.deepEqual(recordBody(Uint8Array.from([255, 0]), "application/json"), {
    body: "/wA=",
    body_encoding: "base64",
  });
  const long = `"${"\\u00e9x".repeat(2_000_000)}"`;
  assert.equal(
    recordBody(bytes(long), "application/json").body_encoding,
    "json",
  );
});

test("sendHttp() makes an observation of a redirect, and does not follow it", () =>
  withHttpService((_, response) => {
    response.writeHead(302, { location: "/elsewhere" }).end("moved");
  }, async ({ baseUrl, received }) => {
    const { observation } = await sendHttp({ method: "GET", url: "/" }, {
      baseUrl,
    });
    assert.equal(observation.ok, false);
    assert.equal(observation.status_code, 302);
    assert.deepEqual(observation.headers, { location: "/elsewhere" });
    assert.equal(received.length, 1);
  }));

test("sendHttp() refuses what cannot be sent, and rejects when it is aborted", () =>
  withHttpService(() => {}, async ({ baseUrl, received }) => {
    const get = { method: "GET", url: "/" };
    const wrong: [HttpRequestInput, object][] = [
      [get, {}],
      [{ ...get, headers: { "a b": "c" } }, { baseUrl }],
      [{ ...get, body: "x" }, { baseUrl }],
      [get, { baseUrl: "nowhere" }],
      [get, { baseUrl: "ftp://127.0.0.1" }],
      [{ ...get, url: import.meta.url }, {}],
      [{ ...get, url: "data:text/plain,ok" }, {}],
      [{ ...get, url: "http://user:word@127.0.0.1/" }, {}],
      [{ ...get, body: () => {} }, { baseUrl }],
      [get, { baseUrl, fetch: "curl" }],
      [get, { baseUrl, maxBodyBytes: -1 }],
      [get, { baseUrl, timeoutMs: 0 }],
      [get, { baseUrl, timeoutMs: Infinity }],
    ];
    for (const [request, options] of wrong) {
      await assert.rejects(sendHttp(request, options), {
        code: "INVALID_OPTION",
      });
    }
    assert.equal(received.length, 0);
    const abort = new AbortController();
    const reason = new Error("on purpose");
    const sent = sendHttp(get, { baseUrl, signal: abort.signal });
    setTimeout(() => abort.abort(reason), 50);
    await assert.rejects(sent, reason);
    await assert.rejects(
      sendHttp(get, { baseUrl, signal: abort.signal }),
      reason,
    );
  }));

test("sendHttp() never leaves the base URL", () =>
  withHttpService((_, response) => response.end(), async (service) => {
    const { baseUrl, received } = service;
    const urls: [url: string, base: string, path: string][] = [
      ["/a?b=1", baseUrl, "/a?b=1"],
      ["/a", `${baseUrl}/api/`, "/api/a"],
      ["a", `${baseUrl}/api`, "/api/a"],
      ["http://other.invalid/a?b#c", baseUrl, "/a?b"],
      ["//other.invalid/a", baseUrl, "/a"],
      ["/../../a", `${baseUrl}/api`, "/api/a"],
      [`${baseUrl}/a`, `${baseUrl}/v2`, "/v2/a"],
      ["/a?x=1", `${baseUrl}/api?api-version=7#x`, "/api/a?api-version=7&x=1"],
      ["/a", `${baseUrl}?key=1`, "/a?key=1"],
    ];
    for (const [url, base, path] of urls) {
      await sendHttp({ method: "GET", url }, { baseUrl: base });
      assert.equal(received.at(-1)!.url, path, url);
    }
    await sendHttp({ method: "GET", url: `${baseUrl}/as-is` });
    assert.equal(received.at(-1)!.url, "/as-is");
  }));

test("sendHttp() says what to give instead of what it does not take", async () => {
  const wrong: [request: unknown, options: object, message: RegExp][] = [
    ["http://a/", {}, /not a url: \{ method: "GET", url: "http:\/\/a\/" \}/],
    [new URL("http://a/"), {}, /not a url: \{ method: "GET"/],
    [null, {}, /must be an object such as .* not null/],
    [new Request("http://a/"), {}, /step\.fetch\(\) takes a Request/],
    [{ url: "http://a/" }, {}, /"method" is missing/],
    [
      { method: "GET", url: "http://a/", header: {} },
      {},
      /"header" is not a field of a request: did you mean "headers"\?/,
    ],
    [{ method: "GET", url: 7 }, {}, /"url" must be a text or a URL/],
    [{ method: "GET", url: "/a" }, {}, /relative: pass `baseUrl`/],
    [
      { method: "GET", url: "/a" },
      { baseUrl: "a" },
      /`baseUrl` is not a whole/,
    ],
    [
      { method: "GET", url: "http://u:p@a/" },
      {},
      /give an "authorization" header/,
    ],
    [
      { method: "POST", url: "http://a/", body: 1, body_encoding: "text" },
      {},
      /"body" is not a string/,
    ],
  ];
  for (const [request, options, message] of wrong) {
    await assert.rejects(sendHttp(request as HttpRequestInput, options), {
      name: "ArtifactError",
      code: "INVALID_OPTION",
      message,
    });
  }
});

test("sendHttp() takes headers as fetch does, and a client of one's own", () =>
  withHttpService((_, response) => response.end(), async (service) => {
    const { baseUrl, received } = service;
    const given: HttpRequestInput["headers"][] = [
      new Headers({ "X-N": "5" }),
      [["x-n", "5"]],
      { "x-n": "5", "x-none": undefined },
    ];
    const fetched: string[] = [];
    for (const headers of given) {
      const { request } = await sendHttp({ method: "GET", url: "/", headers }, {
        baseUrl,
        fetch: (url, init) => {
          fetched.push(url);
          return fetch(url, init);
        },
      });
      assert.deepEqual(request.headers, { "x-n": "5" });
      assert.equal(received.at(-1)!.headers["x-n"], "5");
      assert.equal("x-none" in received.at(-1)!.headers, false);
    }
    assert.deepEqual(fetched, Array(3).fill(`${baseUrl}/`));
  }));

test("recordBody() reads text in the charset that it claims", () => {
  const latin1 = Uint8Array.from([70, 231]);
  assert.deepEqual(recordBody(latin1, "text/html; charset=ISO-8859-1"), {
    body: "F\u00e7",
    body_encoding: "text",
    body_charset: "iso-8859-1",
  });
  assert.equal(recordBody(latin1, "text/html").body_encoding, "base64");
  assert.equal(
    recordBody(latin1, "text/html; charset=x").body_encoding,
    "base64",
  );
  const json = recordBody(bytes('"\u00e7"'), "application/json;charset=latin1");
  assert.deepEqual(json, { body: "\u00e7", body_encoding: "json" });
});

test("sendHttp() shows no password of a url in its errors", async () => {
  const baseUrl = "http://ada:s3cr3t-word@127.0.0.1:9";
  await assert.rejects(
    sendHttp({ method: "GET", url: "/a" }, { baseUrl }),
    (error: Error) => {
      assert.match(error.message, /\/\/ada:…@127/);
      assert.doesNotMatch(`${error.stack}`, /s3cr3t/);
      return true;
    },
  );
});
