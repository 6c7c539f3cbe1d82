/** A run of steps is read back whole, filtered, and for one instance. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { TextLineStream } from "@std/streams/text-line-stream";
import {
  compareRuns,
  createRun,
  fingerprintRun,
  openRun,
  type StepRecord,
  verifyRun,
} from "../mod.ts";
import { peer } from "./contender.ts";
import { withTempDir } from "../tests/support/temp_dir.ts";
import { rssMb } from "./host.ts";
import { lineOf, RUN_ID, stepOf } from "./records.ts";
import { READ_MB, ROUNDS } from "./sizes.ts";

/** A round takes a minute. */
const ROUNDS_MAX = 3;

/** Gigabytes a second, one sample a round; why, where there is none. */
export interface Reading {
  fileMb: number;
  gbPerS: Record<string, number[]>;
  skipped: Record<string, string>;
  peakMb: number;
}

/** Reads a run; returns how many steps it met. */
type Reader = (path: string) => Promise<number>;

const READERS: Record<string, Reader> = {
  "`openRun().steps()`": async (path) => {
    let count = 0;
    for await (const _ of (await openRun(path)).steps()) count++;
    return count;
  },
  "`openRun().instance(id)`": async (path) =>
    (await (await openRun(path)).instance("inst_001")).steps.length,
  '`openRun().blocks("steps")`': async (path) => {
    let count = 0;
    for await (const steps of (await openRun(path)).blocks("steps")) {
      count += steps.length;
    }
    return count;
  },
  "`fingerprintRun()`": async (path) => {
    const run = await openRun(path);
    await fingerprintRun(run); // It tells no count.
    return run.summary!.total_steps;
  },
  "`compareRuns()` with itself, read twice": async (path) => {
    const [a, b] = [await openRun(path), await openRun(path)];
    const { identical, latency } = await compareRuns(a, b);
    return identical ? latency.b.count : 0;
  },
  "`verifyRun()`, with its seal": async (path) =>
    (await verifyRun(path)).counts.steps,
  "`TextLineStream` + `JSON.parse`": async (path) => {
    let count = 0;
    const lines = bytesOf(stepsOf(path)).pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const line of lines) {
      if (isStep(JSON.parse(line))) count++;
    }
    return count;
  },
  "`node:readline` + `JSON.parse`": async (path) => {
    let count = 0;
    const lines = createInterface({ input: createReadStream(stepsOf(path)) });
    for await (const line of lines) {
      if (isStep(JSON.parse(line))) count++;
    }
    return count;
  },
  "DuckDB `read_json_auto`, count": (path) =>
    duckdb(`select count(*) from read_json_auto('${stepsOf(path)}')`),
  "DuckDB `read_json_auto`, one instance": (path) =>
    duckdb(
      `select count(*) from read_json_auto('${
        stepsOf(path)
      }') where instance_id = 'inst_001'`,
    ),
  "jq, one instance": async (path) => {
    const query = 'select(.instance_id == "inst_001")';
    const jq = spawn("jq", ["-c", query, stepsOf(path)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let count = 0;
    jq.stdout.on("data", (chunk: Uint8Array) => {
      for (const byte of chunk) if (byte === 10) count++;
    });
    const [code] = await once(jq, "close");
    if (code !== 0) throw new Error(`jq ended with ${code}`);
    return count;
  },
};

const stepsOf = (path: string) => join(path, "steps.jsonl");
const isStep = (record: StepRecord) => record.step_index >= 0;

/** All readers in turn on one file; what they met is counted: none can cheat. */
export function reading(): Promise<Reading> {
  return withTempDir(async (dir) => {
    const gbPerS: Reading["gbPerS"] = {};
    const skipped: Reading["skipped"] = {};
    let peakMb = 0;
    const { path, steps, ofOne } = await makeRun(dir);
    const { size } = await stat(stepsOf(path));
    for (let round = 0; round <= Math.min(ROUNDS, ROUNDS_MAX); round++) {
      for (const [name, read] of Object.entries(READERS)) {
        if (skipped[name]) continue;
        const startMs = performance.now();
        let met: number;
        try {
          met = await read(path);
        } catch (error) {
          if ((error as { code?: string }).code !== "ENOENT") throw error;
          skipped[name] = "not installed on this machine";
          continue;
        }
        const elapsedMs = performance.now() - startMs;
        if (met !== steps && met !== ofOne) {
          throw new Error(`${name} met ${met} steps of ${steps}`);
        }
        if (name.startsWith("`openRun")) {
          peakMb = Math.max(peakMb, rssMb());
        }
        if (round > 0) {
          (gbPerS[name] ??= []).push(size / 1e6 / elapsedMs);
        }
      }
    }
    return { fileMb: size / 1e6, gbPerS, skipped, peakMb };
  });
}

/** In blocks of 1000 records, each awaited. */
async function makeRun(
  dir: string,
): Promise<{ path: string; steps: number; ofOne: number }> {
  const run = await createRun({ dir, run_id: RUN_ID, sut_name: "bench" });
  let bytes = 0;
  let steps = 0;
  let ofOne = 0;
  while (bytes < READ_MB * 1e6) {
    const block: Promise<void>[] = [];
    for (let i = 0; i < 1000; i++) {
      const step = stepOf(steps++);
      if (step.instance_id === "inst_001") ofOne++;
      block.push(run.appendStep(step));
      bytes += lineOf(step).length;
    }
    await Promise.all(block);
  }
  await run.finalize();
  return { path: run.path, steps, ofOne };
}

/** A file as a web stream of 64 KiB blocks, the same on all runtimes. */
function bytesOf(path: string): ReadableStream<Uint8Array<ArrayBuffer>> {
  const opened = open(path);
  return new ReadableStream({
    async pull(controller) {
      const file = await opened;
      const { bytesRead, buffer } = await file.read(new Uint8Array(64 * 1024));
      if (bytesRead > 0) controller.enqueue(buffer.subarray(0, bytesRead));
      else {
        await file.close();
        controller.close();
      }
    },
  });
}

interface DuckDB {
  DuckDBConnection: {
    create(): Promise<{
      runAndReadAll(sql: string): Promise<{ getRows(): unknown[][] }>;
      closeSync(): void;
    }>;
  };
}

async function duckdb(sql: string): Promise<number> {
  const { DuckDBConnection } = await peer<DuckDB>("@duckdb/node-api");
  const connection = await DuckDBConnection.create();
  try {
    const rows = (await connection.runAndReadAll(sql)).getRows();
    return Number(rows[0]![0]);
  } finally {
    connection.closeSync();
  }
}
