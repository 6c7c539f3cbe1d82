export { dirname } from "deno-std/path/dirname.js";
