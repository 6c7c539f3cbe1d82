export { equal } from "deno-std/assert/equal.js";
