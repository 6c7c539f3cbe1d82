/**
 * Appends a million steps in one turn of the event loop and awaits none of
 * them, and prints what became of that: `ignored_promises.ts <dir>`.
 */
import process from "node:process";
import { createRun } from "../../mod.ts";

const RECORDS = 1_000_000;

const rssMb = () => process.memoryUsage().rss / 1e6;
const run = await createRun({ dir: process.argv[2], sut_name: "shop" });
const startMb = rssMb();
const codes: Record<string, number> = {};
const padding = "x".repeat(300);

for (let step_index = 0; step_index < RECORDS; step_index++) {
  run.appendStep({
    instance_id: "inst_001",
    run_id: run.run_id,
    correlation_id: "0af7651916cd43dd8448eb211c80319c",
    step_index,
    step_name: "pay",
    step_type: "http",
    span_id: "00f067aa0ba902b7",
    timestamp: "2024-01-15T10:30:00.000Z",
    observation: { body: padding },
    artifacts: [],
  }).catch(({ code }) => codes[code] = (codes[code] ?? 0) + 1);
}
const peakMb = rssMb();
const { queuedBytes } = run.stats;
const { total_steps } = await run.finalize();
console.log(JSON.stringify({
  codes,
  total_steps,
  queuedBytes,
  startMb: Math.round(startMb),
  peakMb: Math.round(peakMb),
}));
