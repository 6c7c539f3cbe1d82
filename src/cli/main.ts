#!/usr/bin/env node
/**
 * The program `windtunnel-artifacts`, or `wta` for short.
 *
 * @module
 */
import process from "node:process";
import { runCli } from "./cli.ts";
import { EXIT } from "./exit_codes.ts";
import { CLEAR_LINE } from "./terminal/screen.ts";

// Only on a terminal there is a progress line to remove. Elsewhere the system ends
// the process at once, even while a write waits for its reader.
if (process.stderr.isTTY) {
  process.once("SIGINT", () => {
    process.stderr.write(CLEAR_LINE);
    process.exit(EXIT.interrupted);
  });
}
process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
});
