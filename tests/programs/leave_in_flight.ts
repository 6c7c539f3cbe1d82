/**
 * Records an instance that completes and two that do not, says so, and waits to
 * be killed: `leave_in_flight.ts <dir>`.
 */
import process from "node:process";
import { createRun } from "../../mod.ts";

const run = await createRun({
  dir: process.argv[2]!,
  run_id: "run_hung",
  sut_name: "shop",
  durability: "record",
});
await run.startInstance({ scenario_id: "checkout" }).complete({
  passed: true,
});
for (const status_code of [200, 500]) {
  await run.startInstance({ scenario_id: "checkout" }).step({
    step_name: "pay",
    step_type: "http",
    observation: {
      ok: status_code === 200,
      status_code,
      errors: status_code === 200 ? [] : ["no stock"],
    },
  });
}
console.log("ready");
setInterval(() => {}, 1000);
