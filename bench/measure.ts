/**
 * Measures one part on the runtime at hand, and prints it as a line of JSON:
 * `measure.ts <part> <numbers>…`.
 */
import process from "node:process";
import { artifacts } from "./artifacts.ts";
import { commandLine } from "./command_line.ts";
import { delay } from "./delay.ts";
import { durable } from "./durable.ts";
import { growth } from "./growth.ts";
import { quick } from "./quick.ts";
import { reading } from "./reading.ts";
import { validation } from "./validation.ts";
import { written } from "./written.ts";

const PARTS: Record<string, (...numbers: number[]) => Promise<unknown>> = {
  quick,
  written,
  validation,
  durable,
  delay,
  growth: (steps, inFlight) => growth(steps!, inFlight!),
  artifacts,
  reading,
  commandLine,
};

const [part, ...numbers] = process.argv.slice(2);
const { versions } = process;
const version = versions.deno
  ? `Deno ${versions.deno}`
  : versions.bun
  ? `Bun ${versions.bun}`
  : `Node ${versions.node}`;
const result = await PARTS[part!]!(...numbers.map(Number));
console.log(JSON.stringify({ version, result }));
process.exit();
