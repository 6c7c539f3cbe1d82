export { toJson } from "deno-std/streams/to_json.js";
