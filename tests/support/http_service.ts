/** A real HTTP server on loopback that answers as a test wants. */
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import process from "node:process";

/** A request that arrived. */
export interface Received {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: Uint8Array;
}

/** A server that listens. */
export interface HttpService {
  baseUrl: string;
  /** What arrived so far. */
  received: Received[];
  close(): Promise<void>;
}

/** Starts a server on a port that the system chooses. */
export async function startHttpService(
  answer: (request: Received, response: ServerResponse) => void,
): Promise<HttpService> {
  // Loopback is never reached through a proxy, which Deno and Bun would try.
  process.env.NO_PROXY = process.env.noProxy = "127.0.0.1";
  const received: Received[] = [];
  const server = createServer((message, response) => {
    const { method = "", url = "", headers } = message;
    const chunks: number[] = [];
    message.on("data", (chunk: Uint8Array) => chunks.push(...chunk));
    message.on("end", () => {
      const request = { method, url, headers, body: Uint8Array.from(chunks) };
      received.push(request);
      answer(request, response);
    });
  });
  await new Promise<void>((go) => server.listen(0, "127.0.0.1", go));
  const { port } = server.address() as { port: number };
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Runs `body` while a server answers. */
export async function withHttpService<T>(
  answer: (request: Received, response: ServerResponse) => void,
  body: (service: HttpService) => Promise<T>,
): Promise<T> {
  const service = await startHttpService(answer);
  try {
    return await body(service);
  } finally {
    await service.close();
  }
}
