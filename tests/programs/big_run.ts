/**
 * `big_run.ts write <dir> <megabytes>` makes a run of that size and tears it;
 * `big_run.ts read <dir>` reads it in every way there is, and prints what it
 * found, and for each way how far memory rose over the start, in megabytes.
 */
import { appendFile, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import {
  compareRuns,
  createRun,
  fingerprintRun,
  openRun,
  recoverRun,
  resumeRun,
  verifyRun,
} from "../../mod.ts";

const [phase, dir, megabytes] = process.argv.slice(2);
const path = join(dir!, "run_big");
const BYTES = Number(megabytes) * 1e6;
const STEPS_PER_INSTANCE = 20;
const PRODUCERS = 256;

const rssMb = () => process.memoryUsage().rss / 1e6;
const risesMb: Record<string, number> = {};

/** Runs a part, and notes how far memory rose in it over the start. */
async function part<T>(name: string, body: () => Promise<T>): Promise<T> {
  let peakMb = 0;
  const look = () => peakMb = Math.max(peakMb, rssMb());
  const timer = setInterval(look, 5);
  try {
    return await body();
  } finally {
    clearInterval(timer);
    look();
    risesMb[name] = Math.round(peakMb - startMb);
  }
}

async function write(): Promise<void> {
  const run = await createRun({ dir, run_id: "run_big", sut_name: "shop" });
  let bytes = 0;
  async function produce(): Promise<void> {
    while (bytes < BYTES) {
      const one = run.startInstance({ scenario_id: "checkout" });
      for (let n = 0; n < STEPS_PER_INSTANCE; n++) {
        bytes += 450;
        await one.step({
          step_name: "add_to_cart",
          step_type: "http",
          observation: {
            ok: true,
            status_code: 201,
            latency_ms: bytes % 1000 / 10,
            headers: { "content-type": "application/json" },
            body: { cart: `cart_${n}`, items: [{ sku: "A-1", qty: 1 }] },
          },
        });
      }
      await one.complete();
    }
  }
  await Promise.all(Array.from({ length: PRODUCERS }, produce));
  // One that does not complete, and no summary: it broke off.
  await run.startInstance({ scenario_id: "checkout" }).step({
    step_name: "add_to_cart",
    step_type: "http",
  });
  await run[Symbol.asyncDispose]();
  await rm(join(path, "summary.json"));
  await appendFile(join(path, "steps.jsonl"), '{"instance_id":"inst_001"');
}

if (phase === "write") {
  await write();
  process.exit();
}
const startMb = rssMb();
const recovered = await part("recover", () => recoverRun(path));
const verified = await part("verify", () => verifyRun(path));
const past = await openRun(path);
const read = await part("read", async () => {
  let steps = 0;
  for await (const _ of past.steps()) steps++;
  return steps;
});
const found = await part("instance", async () => {
  const id = `inst_${String(recovered.summary.total_instances >> 1)}`;
  return (await past.instance(id.replace(/_(\d{1,2})$/, "_0$1"))).steps.length;
});
const followed = await part("follow", async () => {
  let records = 0;
  for await (const _ of past.follow()) records++;
  return records;
});
const resumed = await part("resume", async () => {
  const run = await resumeRun(path);
  const { completed, instancesInFlight } = run.resumed!;
  await run.finalize();
  return { completed: completed.size, instancesInFlight };
});
const whole = await openRun(path);
const fingerprint = await part("fingerprint", () => fingerprintRun(whole));
const { identical } = await part("compare", () => compareRuns(whole, whole));
console.log(JSON.stringify({
  total_steps: recovered.summary.total_steps,
  total_instances: recovered.summary.total_instances,
  tornTails: recovered.tornTails.length,
  inFlight: recovered.instancesInFlight.length,
  ok: verified.ok,
  read,
  found,
  followed,
  resumed: resumed.completed,
  resumedInFlight: resumed.instancesInFlight.length,
  fingerprintLength: fingerprint.length,
  identical,
  risesMb,
}));
