/**
 * The demo's command line.
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { Durability, Seed } from "../../mod.ts";
import type { DemoOptions } from "./demo.ts";

/** The command line cannot be understood; the message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What the command line asks for. */
export interface CommandLine extends DemoOptions {
  /** In how many processes it runs; one of them is killed, and goes on. */
  workers: number;
  /** Whether a failed instance is replayed when the run has ended. */
  replay: boolean;
}

/** What `--help` prints. */
export const USAGE = `Usage: demo [options]

Runs 100 shoppers against a small web shop, and records what they do.

  --seed <seed>          what everything random is drawn from (default: 42)
  --instances <n>        how many shoppers (default: 100)
  --concurrency <n>      how many of them at once (default: 10)
  --dir <path>           where the runs go (default: runs)
  --run-id <id>          id of the run (default: the next free one)
  --durability <level>   instance, record or os (default: instance)
  --workers <n>          records in so many processes, of which one is killed and
                         goes on, and merges their runs (default: 1)
  --replay               replays one failed shopper afterwards: against the shop
                         as it was, and against one that works
  --help                 show this
`;

const INSTANCES_MAX = 1_000_000;
const CONCURRENCY_MAX = 1_000;
const WORKERS_MAX = 64;
const DURABILITIES: readonly Durability[] = ["instance", "record", "os"];

/**
 * Reads the arguments.
 *
 * @returns The options, or `"help"` where help was asked for.
 * @throws {UsageError}
 */
export function parseOptions(args: string[]): CommandLine | "help" {
  const values = parse(args);
  if (values.help) return "help";
  return {
    seed: seed(values.seed),
    instances: count("--instances", values.instances, INSTANCES_MAX),
    concurrency: count("--concurrency", values.concurrency, CONCURRENCY_MAX),
    dir: text("--dir", values.dir),
    run_id: values["run-id"] === undefined
      ? undefined
      : text("--run-id", values["run-id"]),
    durability: durability(values.durability),
    workers: count("--workers", values.workers, WORKERS_MAX),
    replay: values.replay,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        seed: { type: "string", default: "42" },
        instances: { type: "string", default: "100" },
        concurrency: { type: "string", default: "10" },
        dir: { type: "string", default: "runs" },
        "run-id": { type: "string" },
        durability: { type: "string", default: "instance" },
        workers: { type: "string", default: "1" },
        replay: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (cause) {
    // Each runtime words it in its own way; the first sentence is enough.
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(message.split(/\.\s|\n/)[0]!, { cause });
  }
}

/** A whole number as a number, anything else as the text that it is. */
function seed(value: string): Seed {
  const number = Number(text("--seed", value));
  const isInteger = /^-?\d+$/.test(value) && Number.isSafeInteger(number);
  return isInteger ? number : value;
}

function count(option: string, value: string, max: number): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= 1 && number <= max) return number;
  throw new UsageError(
    `${option} must be a whole number from 1 to ${max}, not "${value}"`,
  );
}

function text(option: string, value: string): string {
  if (value === "") throw new UsageError(`${option} must not be empty`);
  return value;
}

function durability(value: string): Durability {
  const known = DURABILITIES.find((level) => level === value);
  if (known) return known;
  throw new UsageError(
    `--durability must be ${DURABILITIES.join(", ")}, not "${value}"`,
  );
}
