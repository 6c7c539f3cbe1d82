/** Records a small run in the directory that is given, and reads it back. */
import process from "node:process";
import { createRun, openRun } from "../../mod.ts";

const dir =
  ("Deno" in globalThis ? globalThis.Deno.args : process.argv.slice(2))[0]!;
const run = await createRun({ dir, sut_name: "shop", seed: 1 });
for (let i = 0; i < 3; i++) {
  const one = run.startInstance({ scenario_id: "checkout" });
  await one.step({ step_name: "a", step_type: "http", request: { i } });
  await one.assertion({ assertion_name: "b", passed: true });
  await one.complete();
}
await run.finalize();
const past = await openRun(run.path);
const trace = await past.instance("inst_002");
console.log(past.state, trace.steps.length, await trace.artifacts[0]!.text());
