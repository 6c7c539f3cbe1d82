/**
 * Serves the report of a live run to browsers on this machine.
 *
 * @module
 */
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { type LiveReport, liveReport } from "../../mod.ts";
import { EXIT } from "./exit_codes.ts";
import type { Screen } from "./terminal/screen.ts";
import { bold, dim } from "./terminal/text.ts";

/**
 * Serves until Ctrl-C.
 *
 * @param port 0 for a free one.
 */
export async function serveReport(
  path: string,
  name: string,
  port: number,
  out: Screen,
): Promise<number> {
  const live = await liveReport(path, { name });
  const server = createServer((request, response) => {
    answer(live, request, response).catch((error) => {
      if (!response.headersSent) response.statusCode = 500;
      response.end(`${error}\n`);
    });
  });
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    const { port: own } = server.address() as AddressInfo;
    out.line([bold(`http://127.0.0.1:${own}/`), dim("  Ctrl-C ends it")]);
    await out.flush();
    await Promise.race(
      ["SIGINT", "SIGTERM"].map((signal) => once(process, signal)),
    );
  } finally {
    await live.close();
    server.close();
    server.closeAllConnections();
  }
  return EXIT.good;
}

async function answer(
  live: LiveReport,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { host = "", origin, "sec-fetch-site": site } = request.headers;
  const { url = "", method = "GET" } = request;
  if (!url.startsWith("/") || !URL.canParse(url, `http://${host}`)) {
    response.writeHead(400).end();
    return;
  }
  const headers = new Headers();
  if (origin !== undefined) headers.set("origin", origin);
  if (typeof site === "string") headers.set("sec-fetch-site", site);
  const asked = new Request(new URL(url, `http://${host}`), {
    method,
    headers,
  });
  const { status, headers: sent, body } = await live.respond(asked);
  response.writeHead(status, Object.fromEntries(sent));
  if (!body) return void response.end();
  const reader = body.getReader();
  response.on("close", () => void reader.cancel().catch(() => {}));
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!response.write(value)) await once(response, "drain");
  }
  response.end();
}
