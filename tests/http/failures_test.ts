import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:https";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import process from "node:process";
import {
  type HttpExchange,
  sendHttp,
  type SendHttpOptions,
  type TransportError,
} from "../../mod.ts";
import { withHttpService } from "../support/http_service.ts";
import { command, finish, RUNTIME } from "../support/runtimes.ts";
import { CERTIFICATE, KEY } from "../support/self_signed.ts";

interface Listening {
  listen(port: number, host: string, ready: () => void): unknown;
  address(): unknown;
  close(done: () => void): unknown;
}

/** Runs `body` with the port of a server. */
async function onPort<T>(
  server: Listening,
  body: (port: number) => Promise<T>,
): Promise<T> {
  process.env.NO_PROXY = process.env.no_proxy = "127.0.0.1,localhost";
  await new Promise<void>((go) => server.listen(0, "127.0.0.1", go));
  const { port } = server.address() as { port: number };
  try {
    return await body(port);
  } finally {
    await new Promise<void>((go) => server.close(go));
  }
}

/** Sends to a server that answers each connection with bytes, and closes. */
function sendToBytes(bytes: string | Uint8Array): Promise<HttpExchange> {
  const server = createServer((socket: Socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(bytes));
  });
  return onPort(server, (port) => send(`http://127.0.0.1:${port}/`));
}

function send(
  url: string,
  options: SendHttpOptions = {},
): Promise<HttpExchange> {
  return sendHttp({ method: "GET", url }, { timeoutMs: 5000, ...options });
}

/** The code of an exchange in which no whole answer came. */
function codeOf({ observation }: HttpExchange): string {
  assert.equal(observation.ok, false);
  const [error, ...others] = observation.errors as TransportError[];
  assert.deepEqual(others, []);
  if (error!.code !== "timeout") {
    assert.ok(error!.cause!.message.length > 0, "the cause is kept");
  }
  return error!.code;
}

test("sendHttp() distinguishes a closed port, an unknown name and a lost connection", async () => {
  const closed = await onPort(createServer(), (port) => Promise.resolve(port));
  const refused = await send(`http://127.0.0.1:${closed}/`);
  assert.equal(codeOf(refused), "refused");
  assert.equal(refused.response, undefined);
  assert.equal(refused.observation.status_code, null);
  assert.equal(codeOf(await send("http://nobody.invalid/")), "dns");
  assert.equal(codeOf(await sendToBytes("")), "reset");
  const destroys = createServer((socket) => socket.resetAndDestroy());
  await onPort(destroys, async (port) => {
    assert.equal(codeOf(await send(`http://127.0.0.1:${port}/`)), "reset");
  });
});

test("sendHttp() names a certificate that is not trusted", async () => {
  const server = createTlsServer(
    { key: KEY, cert: CERTIFICATE },
    (_, answer) => answer.end("ok"),
  );
  await onPort(server, async (port) => {
    const exchange = await send(`https://127.0.0.1:${port}/`);
    assert.equal(codeOf(exchange), "certificate");
    const [{ cause }] = exchange.observation.errors as [TransportError];
    if (RUNTIME !== "deno") {
      assert.equal(cause!.code, "DEPTH_ZERO_SELF_SIGNED_CERT");
    }
  });
});

test("sendHttp() names what is not HTTP, and what is not TLS", async () => {
  assert.equal(
    codeOf(await sendToBytes("SSH-2.0-OpenSSH_9.6\r\n")),
    "protocol",
  );
  await withHttpService((_, answer) => answer.end(), async ({ baseUrl }) => {
    const url = baseUrl.replace("http:", "https:");
    assert.equal(codeOf(await send(url)), "protocol");
  });
});

test("sendHttp() names a body that is not encoded as it says", () =>
  withHttpService((_, answer) => {
    answer.writeHead(200, { "content-encoding": "gzip" });
    answer.end('{"a":1}');
  }, async ({ baseUrl }) => {
    const exchange = await send(baseUrl);
    assert.equal(codeOf(exchange), "encoding");
    assert.equal(exchange.response?.status_code, 200);
    assert.equal(exchange.response?.body_incomplete, true);
  }));

test("sendHttp() reads a body that is encoded as it says", () =>
  withHttpService((_, answer) => {
    answer.writeHead(200, { "content-encoding": "gzip" });
    answer.end(gzipSync("plain"));
  }, async ({ baseUrl }) => {
    assert.equal((await send(baseUrl)).response?.body, "plain");
  }));

test("sendHttp() keeps what had come of an answer that was cut off", () =>
  withHttpService((_, answer) => {
    answer.writeHead(500, {
      "content-length": "1000",
      "content-type": "text/plain",
      "x-correlation-id": "abc",
    });
    answer.write("out of connections é");
    setTimeout(() => answer.destroy(), 50);
  }, async ({ baseUrl }) => {
    const exchange = await send(baseUrl);
    assert.equal(codeOf(exchange), "reset");
    const seen = {
      status_code: 500,
      headers: { "content-type": "text/plain", "x-correlation-id": "abc" },
      body: "out of connections é",
      body_encoding: "text",
      body_incomplete: true,
    };
    assert.deepEqual(exchange.response, seen);
    const { latency_ms: _, ok, errors: __, ...observed } = exchange.observation;
    assert.equal(ok, false);
    assert.deepEqual(observed, seen);
  }));

test("sendHttp() keeps the events that came before the time was up", () =>
  withHttpService((_, answer) => {
    answer.writeHead(200, { "content-type": "text/event-stream" });
    answer.write("data: 1\n\n");
  }, async ({ baseUrl }) => {
    const exchange = await send(baseUrl, { timeoutMs: 300 });
    assert.equal(codeOf(exchange), "timeout");
    assert.equal(exchange.response?.status_code, 200);
    assert.equal(exchange.response?.body, "data: 1\n\n");
    assert.equal(exchange.response?.body_incomplete, true);
  }));

test("sendHttp() times out where a custom client ignores the signal", async () => {
  const never = () => new Promise<Response>(() => {});
  const open = () =>
    Promise.resolve(
      new Response(
        new ReadableStream({
          start: (to) => to.enqueue(new TextEncoder().encode("so far")),
        }),
      ),
    );
  const url = "http://shop.invalid/";
  const silent = await send(url, { timeoutMs: 50, fetch: never });
  assert.equal(codeOf(silent), "timeout");
  const stalled = await send(url, { timeoutMs: 50, fetch: open });
  assert.equal(codeOf(stalled), "timeout");
  assert.equal(stalled.response?.body, "so far");
});

test("sendHttp() keeps the words of a client of one's own that fails", async () => {
  const failing = () => Promise.reject(new Error("no such proxy"));
  const exchange = await send("http://shop.invalid/", { fetch: failing });
  assert.deepEqual(exchange.observation.errors, [{
    code: "failed",
    message: "The request failed",
    cause: { code: null, message: "no such proxy" },
  }]);
});

test("sendHttp() refuses what a client of one's own gives that is not an answer", async () => {
  const text = new ReadableStream({
    start(controller) {
      controller.enqueue("as text");
      controller.close();
    },
  });
  for (
    const given of [
      undefined,
      "pong",
      { status: 200 },
      { status: 200, headers: { "content-type": "text/plain" }, body: null },
      { status: 200, headers: new Headers(), body: "pong" },
      { status: 200, headers: new Headers(), body: text },
    ]
  ) {
    const fetch = () => Promise.resolve(given as Response);
    await assert.rejects(send("http://shop.invalid/", { fetch }), {
      code: "INVALID_OPTION",
      message: /"fetch" must give a Response/,
    });
  }
  const fetch = () => Promise.resolve(Response.error());
  const nothing = await send("http://shop.invalid/", { fetch });
  assert.equal(codeOf(nothing), "failed");
  assert.equal(nothing.observation.status_code, null);
});

test("sendHttp() names a port that fetch does not allow", async () => {
  const { observation } = await send("http://127.0.0.1:6000/");
  assert.deepEqual(observation.errors, [{
    code: "forbidden",
    message: "The runtime does not allow the request",
    cause: { code: null, message: "bad port" },
  }]);
  // A client of one's own may use any port.
  const fetch = () => Promise.resolve(new Response("pong"));
  const { observation: own } = await send("http://127.0.0.1:6000/", { fetch });
  assert.equal(own.body, "pong");
});

test("sendHttp() sends and records a method in capitals, or says that the runtime cannot", async () => {
  const sent: string[] = [];
  const server = createServer((socket) => {
    socket.once("data", (bytes) => {
      sent.push(bytes.toString().split(" ")[0]!);
      socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
  });
  await onPort(server, async (port) => {
    const url = `http://127.0.0.1:${port}/`;
    for (const method of ["get", "patch", "Query", "brew"]) {
      const exchange = await sendHttp({ method, url });
      assert.equal(exchange.request.method, method.toUpperCase());
      // Bun would send GET.
      if (RUNTIME === "bun" && method === "brew") {
        assert.equal(codeOf(exchange), "forbidden");
      } else assert.equal(sent.pop(), exchange.request.method);
    }
  });
  assert.deepEqual(sent, []);
});

test("sendHttp() names a permission that Deno was not given", async () => {
  const program = new URL("../programs/send_http.ts", import.meta.url).pathname;
  const [deno, args] = command("deno", program, ["http://127.0.0.1:59/"], [
    "--deny-net",
  ]);
  const { stdout, stderr } = await finish(deno, args);
  assert.equal(codeOf(JSON.parse(stdout || stderr)), "forbidden");
});
