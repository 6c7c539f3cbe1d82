export { join } from "deno-std/path/join.js";
