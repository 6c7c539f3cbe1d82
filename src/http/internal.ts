/**
 * Exports of `http/` for other folders, which are not public.
 *
 * @module
 */
export {
  bytesOf,
  type ByteStream,
  isBlob,
  isByteStream,
  streamOf,
  tagOf,
  viewOf,
} from "./byte_source.ts";
export { type Answered } from "./exchange.ts";
export { asHttpRequest, sentBodyProblem } from "./http_message.ts";
export { readWithin } from "./request_body.ts";
export {
  sendForAnswer,
  SendHttpOptionEntries,
  sendRecorded,
} from "./send_http.ts";
