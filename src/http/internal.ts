/**
 * What other folders use of `http/` that is not public.
 *
 * @module
 */
export { asHttpRequest } from "./http_message.ts";
export { SendHttpOptionEntries } from "./send_http.ts";
