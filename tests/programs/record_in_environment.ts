/** Records a run in the environment that is named, into the directory that is given. */
import FakeTimers from "@sinonjs/fake-timers";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { runInNewContext } from "node:vm";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { REALM_VALUES } from "../support/realm_values.ts";

const [environment, dir] = isMainThread
  ? process.argv.slice(2) as [string, string]
  : workerData as [string, string];

/** Records what the test of the environments reads back. */
async function record(
  { dir, values = {}, meanwhile }: {
    dir: string;
    values?: unknown;
    meanwhile?: () => void;
  },
): Promise<void> {
  const { createRun } = await import("../../mod.ts");
  const run = await createRun({ dir, sut_name: "shop" });
  meanwhile?.();
  for (let i = 0; i < 3; i++) {
    const one = run.startInstance({ scenario_id: "checkout" });
    await Promise.all(
      [0, 1].map((at) =>
        one.step({ step_name: `pay ${at}`, step_type: "call", request: { i } })
      ),
    );
    await one.step({
      step_name: "values",
      step_type: "call",
      observation: { values },
    });
    await one.artifact("note.txt", "kept");
    await one.complete();
  }
  await run.finalize();
}

const environments: Record<string, () => Promise<void>> = {
  "fake timers before the import": () => {
    FakeTimers.install();
    return record({ dir });
  },
  "fake timers after the import": async () => {
    await import("../../mod.ts");
    FakeTimers.install();
    await record({ dir });
  },
  "fake timers during the run": () =>
    record({ dir, meanwhile: () => FakeTimers.install() }),
  "no setImmediate": () => {
    Reflect.deleteProperty(globalThis, "setImmediate");
    return record({ dir });
  },
  "values of another realm": () =>
    record({ dir, values: runInNewContext(REALM_VALUES) }),
  "worker threads": async () => {
    await Promise.all(
      [0, 1, 2].map((at) =>
        new Promise<void>((resolve, reject) => {
          const worker = new Worker(new URL(import.meta.url), {
            workerData: ["one worker", join(dir, `worker ${at}`)],
          });
          worker.on("error", reject).on("exit", (code) =>
            code === 0 ? resolve() : reject(new Error(`exit code ${code}`)));
        })
      ),
    );
  },
  "one worker": () => record({ dir }),
  "a relative path and chdir()": () => {
    mkdirSync(join(dir, "elsewhere"));
    process.chdir(dir);
    return record({
      dir: "runs",
      meanwhile: () => process.chdir("elsewhere"),
    });
  },
};

await environments[environment]!();
// A promise that nothing keeps waiting would end the process without a word.
if (isMainThread) console.log("recorded");
