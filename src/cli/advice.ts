/**
 * Advice on what to do next, and commands to paste into a shell.
 *
 * @module
 */
import { basename } from "@std/path/basename";
import { dirname } from "@std/path/dirname";
import { ArtifactError } from "../errors.ts";
import { RECORD_FILES } from "../format/json_schema.ts";
import { shellWord } from "../json/shell_word.ts";
import { CliError } from "./exit_codes.ts";

/** Returns what to do about an error, in one line. */
export function adviceFor(error: unknown): string {
  if (error instanceof CliError) return error.advice;
  if (!(error instanceof ArtifactError)) {
    return 'This is a bug in wta: report it with the output of "--debug"';
  }
  const { code, file } = error;
  const run = file !== undefined && isRunFile(file) ? dirname(file) : "<run>";
  switch (code) {
    case "CORRUPT_LINE":
    case "CORRUPT_FILE":
    case "READ_FAILED":
      return `List all damage: ${commandLine("verify", run)}`;
    case "RUN_LOCKED":
      return `Watch it until its writer ends: ${commandLine("follow", run)}`;
    case "INCOMPLETE_RECORDING":
      return 'Run "wta help replay": see --secrets and --allow-incomplete';
    case "INVALID_OPTION":
      return error.path === "require"
        ? 'Run "wta help check" for what can be required'
        : 'Run "wta help" to list the commands';
    case "MERGE_REFUSED":
      return 'Run "wta help merge" for what is merged';
    case "RUN_EXISTS":
      return "Choose another directory, or remove the existing one";
    case "RUN_NOT_FOUND":
      return 'Run "wta list" to list the runs';
    case "UNSUPPORTED_VERSION":
      return "Use a newer version of @windtunnel/artifacts";
    case "WRITE_FAILED":
      return "Check the permissions and the free space of the disk";
    default:
      return 'Run "wta help" to list the commands';
  }
}

/** Whether a file lies directly in the directory of its run. */
function isRunFile(file: string): boolean {
  const name = basename(file);
  return name.endsWith(".lock") ||
    RECORD_FILES.some((known) => name.startsWith(`${known}.json`));
}

/** `wta instance latest inst_028` */
export function commandLine(...words: string[]): string {
  return ["wta", ...words.map(quote)].join(" ");
}

/** The options with which another command finds the same run. */
export function dirOptions(dir: string): string[] {
  return dir === "runs" ? [] : ["--dir", dir];
}

/** A placeholder such as `<run>` stays as it is. */
function quote(word: string): string {
  return word.startsWith("<") ? word : shellWord(word);
}
