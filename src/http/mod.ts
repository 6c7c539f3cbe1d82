/**
 * Sends HTTP requests and records them.
 *
 * @module
 */
export {
  type BodyEncoding,
  type HttpRequest,
  type HttpResponse,
} from "./http_message.ts";
export {
  type HttpExchange,
  RECORDED_HEADERS,
  sendHttp,
  type SendHttpOptions,
} from "./send_http.ts";
