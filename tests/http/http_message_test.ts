import assert from "node:assert/strict";
import { test } from "node:test";
import {
  asHttpRequest,
  type HttpRequest,
} from "../../src/http/http_message.ts";
import type { JsonValue } from "../../mod.ts";

const POST = { method: "POST", url: "/orders" };

test("asHttpRequest() returns a request that can be sent", () => {
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
