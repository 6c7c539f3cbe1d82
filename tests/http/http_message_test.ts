import assert from "node:assert/strict";
import { test } from "node:test";
import {
  asHttpRequest,
  bodyBytes,
  type HttpRequest,
  isJsonBody,
  recordBody,
} from "../../src/http/http_message.ts";
import type { JsonValue } from "../../mod.ts";

const POST = { method: "POST", url: "/orders" };
const encode = (text: string) => new TextEncoder().encode(text);

test("asHttpRequest() gives a request that can be sent", () => {
  const requests: HttpRequest[] = [
    POST,
    { ...POST, headers: { accept: "*/*" }, body: { id: 1 } },
    { ...POST, body: "AP8=", body_encoding: "base64" },
    { ...POST, body: null, body_encoding: "json" },
  ];
  for (const request of requests) assert.equal(asHttpRequest(request), request);
});

test("asHttpRequest() refuses what cannot be sent as it was", () => {
  const wrong: (JsonValue | undefined)[] = [
    undefined,
    null,
    "GET /",
    { url: "/" },
    { method: "GET" },
    { ...POST, headers: null },
    { ...POST, headers: { accept: 1 } },
    { ...POST, headers: { cookie: { $secret: "cookie" } } },
    { ...POST, body_encoding: "gzip" },
    { ...POST, body: 1, body_encoding: "text" },
    { ...POST, body: "AP8", body_encoding: "base64" },
    { ...POST, body: "ä===", body_encoding: "base64" },
  ];
  for (const value of wrong) {
    assert.throws(
      () => asHttpRequest(value),
      { code: "INCOMPLETE_RECORDING" },
      JSON.stringify(value),
    );
  }
});

test("bodyBytes() gives the bytes that recordBody() was given", () => {
  const bodies: [bytes: Uint8Array, type: string | null][] = [
    [encode('{"a":[1,"é",null]}'), "application/json; charset=utf-8"],
    [encode("null"), "application/json"],
    [encode('"text"'), "application/json"],
    [encode("é\r\n"), "text/plain"],
    [Uint8Array.of(0, 255, 128), "application/json"],
  ];
  for (const [bytes, type] of bodies) {
    const request: HttpRequest = { ...POST, ...recordBody(bytes, type) };
    assert.deepEqual(bodyBytes(request), bytes);
  }
  assert.equal(bodyBytes({ ...POST, body: null }), undefined);
});

test("isJsonBody() takes a text for text unless it is told", () => {
  assert.equal(isJsonBody({ ...POST, body: "x" }), false);
  assert.equal(isJsonBody({ ...POST, body: "x", body_encoding: "json" }), true);
  assert.equal(isJsonBody({ ...POST, body: ["x"] }), true);
  assert.equal(isJsonBody(POST), false);
});
