export { toText } from "deno-std/streams/to_text.js";
