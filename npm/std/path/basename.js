export { basename } from "deno-std/path/basename.js";
