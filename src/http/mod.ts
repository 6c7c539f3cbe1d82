/**
 * Sends HTTP requests and records them.
 *
 * @module
 */
export { type FetchFunction, type HttpExchange } from "./exchange.ts";
export {
  type BodyEncoding,
  type HttpRequest,
  type HttpResponse,
  type RecordedBody,
} from "./http_message.ts";
export {
  type HttpBodyInput,
  type HttpHeadersInput,
  type HttpRequestInput,
} from "./outgoing_request.ts";
export {
  RECORDED_HEADERS,
  sendHttp,
  type SendHttpOptions,
} from "./send_http.ts";
export {
  type TransportError,
  type TransportErrorCode,
} from "./transport_error.ts";
