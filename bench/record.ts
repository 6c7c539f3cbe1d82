/**
 * Steps per second through the public API, beside two ceilings on the same
 * records: `JSON.stringify` alone, and the same joined to 64 KiB and written.
 * Contenders run in turn, several times; medians are printed.
 *
 * `node bench/record.ts`, `bun bench/record.ts`, or
 * `deno run -A --config deno.npm.json bench/record.ts`; `RECORDS` and `ROUNDS`
 * set the size.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createRun, type StepRecord } from "../mod.ts";

const RECORDS = Number(process.env.RECORDS ?? 200_000);
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const PRODUCERS = [1, 16, 256, 4096];

/** About 450 bytes as a line. */
function stepOf(step_index: number): StepRecord {
  return {
    instance_id: "inst_001",
    run_id: "run_1",
    correlation_id: "0af7651916cd43dd8448eb211c80319c",
    step_index,
    step_name: "add_to_cart",
    step_type: "http",
    timestamp: "2024-01-15T10:30:00.000Z",
    observation: {
      ok: true,
      status_code: 201,
      latency_ms: 12.5,
      headers: { "content-type": "application/json", "x-request": "r_12345" },
      body: { cart: "cart_1", items: [{ sku: "A-1", qty: 1 }], total: 12 },
    },
    artifacts: [],
  };
}

type Contender = (dir: string) => Promise<void> | void;

const stringify: Contender = () => {
  let bytes = 0;
  for (let i = 0; i < RECORDS; i++) bytes += JSON.stringify(stepOf(i)).length;
  if (bytes === 0) throw new Error("Nothing was encoded");
};

const joined: Contender = (dir) => {
  const file = openSync(join(dir, "joined.jsonl"), "w");
  let text = "";
  for (let i = 0; i < RECORDS; i++) {
    text += JSON.stringify(stepOf(i)) + "\n";
    if (text.length < 64 * 1024) continue;
    writeSync(file, text);
    text = "";
  }
  writeSync(file, text);
  closeSync(file);
};

const recorded = (producers: number): Contender => async (dir) => {
  const run = await createRun({ dir, run_id: "run_1", sut_name: "bench" });
  let next = 0;
  await Promise.all(Array.from({ length: producers }, async () => {
    while (next < RECORDS) await run.appendStep(stepOf(next++));
  }));
  await run.finalize();
};

const contenders: [name: string, contender: Contender][] = [
  ["JSON.stringify alone", stringify],
  ["joined to 64 KiB and written", joined],
  ...PRODUCERS.map((count): [string, Contender] => [
    `appendStep, ${count} producers, each awaited`,
    recorded(count),
  ]),
];

const rates = new Map<string, number[]>();
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, contender] of contenders) {
    const dir = await mkdtemp(join(tmpdir(), "windtunnel-bench-"));
    const start_ms = performance.now();
    await contender(dir);
    const seconds = (performance.now() - start_ms) / 1000;
    await rm(dir, { recursive: true });
    // The first round warms up.
    if (round > 0) {
      rates.set(name, [...rates.get(name) ?? [], RECORDS / seconds]);
    }
  }
}

const median = (values: number[]) =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const ceiling = median(rates.get("joined to 64 KiB and written")!);
const { versions } = process;
console.log(
  `${
    versions.deno
      ? `Deno ${versions.deno}`
      : versions.bun
      ? `Bun ${versions.bun}`
      : `Node ${versions.node}`
  }, ${availableParallelism()} cores, ${RECORDS} records, ${ROUNDS} rounds\n`,
);
console.log("| contender | records/s | of joined and written |\n|---|---|---|");
for (const [name, values] of rates) {
  const rate = median(values);
  console.log(
    `| ${name} | ${Math.round(rate / 1000)} k | ${
      (rate / ceiling).toFixed(2)
    } |`,
  );
}
