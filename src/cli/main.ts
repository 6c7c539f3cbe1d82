#!/usr/bin/env node
/**
 * `windtunnel-artifacts`, short `wta`: the command line as a program.
 *
 * @module
 */
import process from "node:process";
import { runCli } from "./cli.ts";
import { EXIT } from "./exit_codes.ts";
import { CLEAR_LINE } from "./terminal/screen.ts";

// Without a terminal there is nothing to tidy up, and the system ends the
// process at once, even in the middle of a write that waits for its reader.
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
