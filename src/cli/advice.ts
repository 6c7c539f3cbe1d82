/**
 * What to do about an error, whose message already tells what is wrong.
 *
 * @module
 */
import { basename } from "@std/path/basename";
import { dirname } from "@std/path/dirname";
import { ArtifactError } from "../errors.ts";
import { FILES } from "../format/layout.ts";
import { CliError } from "./exit_codes.ts";
import { commandLine } from "./shell.ts";

/** In one line. */
export function adviceFor(error: unknown): string {
  if (error instanceof CliError) return error.advice;
  if (!(error instanceof ArtifactError)) {
    return 'This is a fault of wta itself: report it with what "--debug" adds';
  }
  const { code, file } = error;
  const run = file !== undefined && isOfRun(file) ? dirname(file) : "<run>";
  switch (code) {
    case "CORRUPT_LINE":
    case "CORRUPT_FILE":
    case "READ_FAILED":
      return `See all that is damaged: ${commandLine("verify", run)}`;
    case "RUN_LOCKED":
      return `Watch it until its writer ends: ${commandLine("follow", run)}`;
    case "INCOMPLETE_RECORDING":
      return 'Run "wta help replay" to see --secrets and --allow-incomplete';
    case "RUN_EXISTS":
      return "Give another directory, or remove what is there";
    case "RUN_NOT_FOUND":
      return 'Run "wta list" to see the runs that there are';
    case "UNSUPPORTED_VERSION":
      return "Use a newer version of @windtunnel/artifacts";
    case "WRITE_FAILED":
      return "Look at who may write there, and whether the disk is full";
    default:
      return 'Run "wta help" to see what can be done';
  }
}

function isOfRun(file: string): boolean {
  const name = basename(file);
  return name.endsWith(".lock") ||
    Object.values(FILES).some((known) => known === name);
}
