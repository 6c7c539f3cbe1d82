/**
 * Forgets to finalize a run: `forget_finalize.ts <dir> <how>`, where it ends by
 * itself ("end"), by process.exit() ("exit"), by an error ("throw", "throw later",
 * "reject"), goes on after one ("handled"), or its writer is collected ("collect").
 */
import process from "node:process";
import { createRun, type RunWriter } from "../../mod.ts";

const [dir, how] = process.argv.slice(2);

/** Writers that are not to be collected. */
const held: RunWriter[] = [];

async function record(run_id: string): Promise<void> {
  const run = await createRun({ dir, run_id, sut_name: "shop" });
  const instance = run.startInstance({ scenario_id: "checkout" });
  await instance.complete({ passed: true });
  if (how !== "collect") held.push(run);
}

{
  await using _ = await createRun({ dir, run_id: "ended", sut_name: "shop" });
}
await record("forgotten");
if (how === "throw") throw new Error("in the middle of it");
if (how === "exit") process.exit(1);
if (how === "throw later") {
  setTimeout(() => {
    throw new Error("later");
  }, 1);
}
if (how === "reject") Promise.reject(new Error("unhandled"));
if (how === "handled") {
  process.on("unhandledRejection", () => console.log("handled"));
  Promise.reject(new Error("unhandled"));
}
if (how === "collect") {
  let warned = false;
  const { warn } = console;
  console.warn = (...words) => {
    warned = true;
    warn(...words);
  };
  // Kept for a while, so that it grows old: what is young costs no full collection.
  const kept: unknown[] = [];
  for (let round = 0; round < 2000 && !warned; round++) {
    if (kept.length === 100) kept.length = 0;
    kept.push(Array.from({ length: 20_000 }, (_, i) => ({ round, i })));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  console.log(warned ? "collected" : "never collected");
}
process.on("exit", () => void held.length);
