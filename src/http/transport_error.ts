/**
 * Names what went wrong with an exchange, the same on every runtime.
 *
 * @module
 */

/** Why no whole answer came. */
export type TransportErrorCode =
  | "refused"
  | "reset"
  | "unreachable"
  | "certificate"
  | "dns"
  | "timeout"
  | "encoding"
  | "protocol"
  | "forbidden"
  | "failed";

/** What is recorded of a failed exchange: an item of `observation.errors`. */
export type TransportError = {
  /** What went wrong. */
  code: TransportErrorCode;
  /** The same in words, the same on every runtime. */
  message: string;
  /** The runtime's own code and words; left out where the time was up. */
  cause?: { code: string | null; message: string };
};

const MESSAGES: Record<TransportErrorCode, string> = {
  refused: "Connection refused",
  reset: "Connection lost before the whole answer came",
  unreachable: "Host or network not reachable",
  certificate: "A certificate was not accepted",
  dns: "Host not found",
  timeout: "No whole answer in time",
  encoding: "The body of the answer cannot be decoded",
  protocol: "The answer is not HTTP, or not TLS where that was expected",
  forbidden: "The runtime does not allow the request",
  failed: "The request failed",
};

/** Patterns of codes and messages of Node (undici), Deno (hyper) and Bun. */
const PATTERNS: [TransportErrorCode, RegExp][] = [
  [
    "forbidden",
    /NotCapable|PermissionDenied|ERR_ACCESS_DENIED|bad (?:port|method)|Requests to port/i,
  ],
  ["dns", /ENOTFOUND|EAI_\w+|ENODATA|dns error|DNSException/],
  ["refused", /ECONNREFUSED|ConnectionRefused|Connection refused/i],
  [
    "timeout",
    /ETIMEDOUT|UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT|TimeoutError|timed out/i,
  ],
  ["unreachable", /EHOSTUNREACH|ENETUNREACH|unreachable|No route to host/i],
  [
    "certificate",
    /CERT_|_CERT|CERTIFICATE|ALTNAME|LEAF_SIGNATURE|HOSTNAME_MISMATCH|peer certificate/i,
  ],
  [
    "encoding",
    /Z_(?:DATA|BUF|STREAM)_ERROR|ERR__ERROR_FORMAT|ZSTD|zlib|gzip|deflate|brotli|decompress|unexpected end of file/i,
  ],
  [
    "protocol",
    /HTTPParserError|HPE_|Malformed_HTTP|InvalidHTTP|InvalidContentLength|InvalidHeader|EPROTO|ERR_SSL|InvalidContentType|corrupt message|parsed|protocol error|NotAnHTTPResponse|UND_ERR_(?:INVALID|RES|HEADERS_OVERFLOW)/i,
  ],
  [
    "reset",
    /ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET|ConnectionClosed|connection closed|reset by peer|broken pipe|reading a body|close_notify|terminated/i,
  ],
];

/** The time is up: without the limit, for that of a replay may be another. */
export const TIMED_OUT: TransportError = {
  code: "timeout",
  message: MESSAGES.timeout,
};

/** Describes what `fetch` or the body of its answer failed with. */
export function describeFailure(thrown: unknown): TransportError {
  const chain = causes(thrown);
  const text = chain
    .map(({ name, code, message }) => `${name} ${code ?? ""} ${message}`)
    .join("\n");
  const [code] = PATTERNS.find(([, pattern]) => pattern.test(text)) ??
    ["failed" as const];
  // The innermost one is the most specific: the outer one is "fetch failed".
  const innermost = chain.at(-1)!;
  const { code: own } = chain.findLast(({ code }) => code !== null) ??
    innermost;
  return {
    code,
    message: MESSAGES[code],
    cause: { code: own, message: stableText(innermost.message) },
  };
}

interface Cause {
  name: string;
  code: string | null;
  message: string;
}

const CAUSES_MAX = 10;

/** An error and what caused it, from the outside in. */
function causes(thrown: unknown): Cause[] {
  const found: Cause[] = [];
  let error = thrown;
  while (found.length < CAUSES_MAX) {
    if (typeof error !== "object" || error === null) {
      if (found.length === 0 || error !== undefined && error !== null) {
        found.push({ name: "", code: null, message: String(error) });
      }
      break;
    }
    const { name, code, message, cause, errors } = error as {
      [field: string]: unknown;
    };
    found.push({
      name: String(name ?? ""),
      code: typeof code === "string" ? code : null,
      message: String(message ?? ""),
    });
    // Node tries each address of a host, and gathers what each failed with.
    error = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
    if (error === undefined || error === null) break;
  }
  return found;
}

/** Without what differs each time: our own port, the number of a thread. */
function stableText(message: string): string {
  return message
    .replace(/ from \S+:\d+ for /, " for ")
    .replace(/^[0-9A-F]+:(?=error:)/, "")
    .trimEnd();
}
