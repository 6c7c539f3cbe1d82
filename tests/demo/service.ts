/**
 * The system under test: a small shop over real HTTP on loopback.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject, Seed } from "../../mod.ts";
import type { FaultPlan } from "./faults.ts";
import type { Reaction } from "./reaction.ts";
import { draw } from "./seeded.ts";
import { Shop } from "./shop.ts";

/** A line of the service's own log. */
export interface LogEntry {
  /** The `x-correlation-id` of the request, `""` where it had none. */
  correlation_id: string;
  method: string;
  path: string;
  /** null where the connection was dropped without an answer. */
  status_code: number | null;
  /** What went wrong inside, or `""`. */
  message: string;
}

/** A service that listens. */
export interface Service {
  /** Such as `"http://127.0.0.1:49152"`. */
  readonly baseUrl: string;
  /** The log of the requests with this correlation id, or all of it. */
  searchLog(correlation_id?: string): LogEntry[];
  /** Stops listening and drops all connections. */
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
const BODY_BYTES_MAX = 64 * 1024;
const CRASH_DELAY_MS = 120;

/** Starts the service on a port that the system chooses. */
export async function startService(
  seed: Seed,
  faults: FaultPlan,
): Promise<Service> {
  bypassProxies();
  const shop = new Shop(seed, faults);
  const log: LogEntry[] = [];
  const server = createServer((request, response) => {
    answer(seed, shop, log, request, response).catch(() => {
      request.socket.destroy(); // The client went away, or sent rubbish.
    });
  });
  // An idle connection that the server closes while the client reuses it would
  // be a failure that no seed has drawn.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, HOST, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new TypeError("Cannot tell the port of the service");
  }
  return {
    baseUrl: `http://${HOST}:${address.port}`,
    searchLog: (id) =>
      log.filter(({ correlation_id }) =>
        id === undefined || correlation_id === id
      ),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  seed: Seed,
  shop: Shop,
  log: LogEntry[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "GET", url: path = "/" } = request;
  const correlation_id = String(request.headers["x-correlation-id"] ?? "");
  const reaction = shop.handle(method, path, await readJson(request));
  const { status_code, body, headers, log: message = "" } = reaction;
  log.push({ correlation_id, method, path, status_code, message });
  await sleep(delayMs(seed, method, path, reaction));
  if (status_code === null) {
    // The socket, for on Bun `response.destroy()` sends an empty 200. Deno's
    // fetch sends the request once more on a new connection: two log lines.
    request.socket.destroy();
    return;
  }
  response.writeHead(status_code, {
    "content-type": "application/json",
    "x-correlation-id": correlation_id,
    ...headers,
  });
  response.end(JSON.stringify(body));
}

/** Mostly quick, now and then slow, always the same for the same request. */
function delayMs(
  seed: Seed,
  method: string,
  path: string,
  { status_code, customer_id = "" }: Reaction,
): number {
  if (status_code === null) return CRASH_DELAY_MS;
  return 4 + 70 * draw(seed, "delay", customer_id, method, path) ** 4;
}

async function readJson(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    sizeBytes += chunk.length;
    if (sizeBytes > BODY_BYTES_MAX) throw new RangeError("Body too long");
    chunks.push(chunk);
  }
  return sizeBytes === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
}

/** Loopback is never reached through a proxy, which Deno and Bun would try. */
function bypassProxies(): void {
  const listed = process.env.NO_PROXY ?? process.env.noProxy ?? "";
  if (listed.split(",").includes(HOST)) return;
  const hosts = listed === "" ? HOST : `${listed},${HOST}`;
  process.env.NO_PROXY = hosts;
  process.env.noProxy = hosts;
}
