/**
 * Records many steps and prints how far memory rose over the start, in
 * megabytes: `million_steps.ts <dir> <steps>`.
 */
import process from "node:process";
import { createRun } from "../../mod.ts";

const [dir, count] = process.argv.slice(2);
const STEPS = Number(count);
const PRODUCERS = 64;

const rssMb = () => process.memoryUsage().rss / 1e6;
const run = await createRun({ dir, sut_name: "shop", seed: 1 });
const startMb = rssMb();
let peakMb = startMb;
let given = 0;

async function produce(): Promise<void> {
  const one = run.startInstance({ scenario_id: "checkout" });
  while (given < STEPS) {
    const n = given++;
    await one.step({
      step_name: "add_to_cart",
      step_type: "http",
      observation: {
        ok: true,
        status_code: 201,
        latency_ms: n % 1000 / 10,
        headers: {
          "content-type": "application/json",
          "x-request-id": `r${n}`,
        },
        body: { cart: `cart_${n}`, items: [{ sku: "A-1", qty: 1 }], total: 12 },
      },
    });
    if (n % 10_000 === 0) peakMb = Math.max(peakMb, rssMb());
  }
  await one.complete();
}

await Promise.all(Array.from({ length: PRODUCERS }, produce));
const summary = await run.finalize();
peakMb = Math.max(peakMb, rssMb());
console.log(JSON.stringify({
  total_steps: summary.total_steps,
  startMb: Math.round(startMb),
  peakMb: Math.round(peakMb),
}));
