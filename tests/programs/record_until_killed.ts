/**
 * Records with many producers until it is killed, and reports every record
 * that was acknowledged on standard output, as soon as it was:
 * `record_until_killed.ts <dir> <durability>`. On SIGTERM it disposes the run,
 * as a runner should.
 */
import { writeSync } from "node:fs";
import process from "node:process";
import { createRun, type Durability } from "../../mod.ts";
import { payload, PRODUCERS, stepsOf } from "../support/killed_run.ts";

const [dir, durability] = process.argv.slice(2);

function report(text: string): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      // The pipe is full: the parent will read on.
      if ((error as { code?: string }).code !== "EAGAIN") throw error;
    }
  }
}

const run = await createRun({
  dir,
  run_id: "run_1",
  sut_name: "shop",
  durability: durability as Durability,
});
let stopped = false;
process.on("SIGTERM", () => stopped = true);

async function produce(): Promise<void> {
  while (!stopped) {
    const one = run.startInstance({ scenario_id: "checkout" });
    const id = one.instance_id;
    const pending: Promise<void>[] = [];
    for (let index = 0; index < stepsOf(id); index++) {
      const step = one.step({
        step_name: "pay",
        step_type: "http",
        observation: { body: payload(id, index) },
        ...(index === 0 ? { request: payload(id, index) } : {}),
      }).then(() => report(`step ${id} ${index}\n`));
      const assertion = one.assertion({
        assertion_name: "paid",
        passed: true,
        actual: payload(id, index),
      }).then(() => report(`assertion ${id} ${index}\n`));
      pending.push(step, assertion);
      // The run's failure is told once, below.
      for (const promise of [step, assertion]) promise.catch(() => {});
      if (index % 2 === 0) await Promise.all(pending);
    }
    await one.complete();
    report(`instance ${id}\n`);
    await Promise.all(pending);
  }
}

// Deno listens for a signal a moment after it was asked to.
await new Promise((resolve) => setTimeout(resolve, 20));
report("ready\n");
try {
  await Promise.all(Array.from({ length: PRODUCERS }, produce));
  await run[Symbol.asyncDispose]();
  report("disposed\n");
} catch (error) {
  const { code, message, cause } = error as Error & { code?: string };
  report(`failed ${code} ${(cause as { code?: string })?.code} ${message}\n`);
  process.exitCode = 3;
}
