/** The command line on a run of a million steps, and on a directory of 2,000 runs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createRun } from "../mod.ts";
import { command, RUNTIME } from "../tests/support/runtimes.ts";
import { withTempDir } from "../tests/support/temp_dir.ts";
import { observationOf } from "./records.ts";
import { INSTANCES_OF_RUN, ROUNDS, RUNS_LISTED } from "./sizes.ts";

const STEPS = ["open", "login", "cart", "pay", "receipt"];
const IN_FLIGHT = 256;
/** Longer bodies than those of the other parts: 640 bytes a step. */
const TEXT = "x".repeat(150);

/** By command: seconds to the end, one sample a round, and the most memory. */
export interface CommandLine {
  runMb: number;
  seconds: Record<string, number[]>;
  peakMb: Record<string, number>;
}

/** Each command in a process of its own, round after round. */
export function commandLine(): Promise<CommandLine> {
  return withTempDir(async (dir) => {
    const { path, failed, bytes } = await makeRun(join(dir, "large"));
    const runs = join(dir, "runs");
    await makeRuns(runs);
    const commands: Record<string, [args: string[], says: string]> = {
      "`wta show`": [["show", path], `${failed.length} instances failed`],
      "`wta failures`": [["failures", path], failed.at(-1)!],
      "`wta instance`": [["instance", path, failed.at(-1)!], "receipt"],
      "`wta list`": [["list", runs], "run_0"],
    };
    const seconds: CommandLine["seconds"] = {};
    const peakMb: CommandLine["peakMb"] = {};
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [name, [args, says]] of Object.entries(commands)) {
        const ran = await wta(args);
        if (!ran.text.replaceAll(",", "").includes(says)) {
          throw new Error(`${name} does not say "${says}": ${ran.text}`);
        }
        if (round === 0) continue;
        (seconds[name] ??= []).push(ran.seconds);
        peakMb[name] = Math.max(peakMb[name] ?? 0, ran.peakMb);
      }
    }
    return { runMb: bytes / 1e6, seconds, peakMb };
  });
}

async function wta(
  args: string[],
): Promise<{ text: string; seconds: number; peakMb: number }> {
  const startMs = performance.now();
  const child = spawn(...command(RUNTIME, "src/cli/main.ts", args), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (some) => text += some);
  let peakMb = 0;
  const timer = setInterval(async () => {
    peakMb = Math.max(peakMb, await peakOf(child.pid!));
  }, 20);
  const [code] = await once(child, "close");
  clearInterval(timer);
  if (code !== 0) throw new Error(`wta ${args.join(" ")} ended with ${code}`);
  return { text, seconds: (performance.now() - startMs) / 1000, peakMb };
}

/** The most memory that a process has had so far; 0 where the system does not say. */
async function peakOf(pid: number): Promise<number> {
  try {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1000;
  } catch {
    return 0; // It has ended, or there is no /proc.
  }
}

/** One instance in a hundred fails: its fourth step, which has an assertion. */
async function makeRun(
  dir: string,
): Promise<{ path: string; failed: string[]; bytes: number }> {
  const run = await createRun({
    dir,
    sut_name: "bench",
    expectedInstances: INSTANCES_OF_RUN,
    durability: "os",
  });
  const failed: string[] = [];
  let started = 0;
  let steps = 0;
  async function produce(): Promise<void> {
    while (started < INSTANCES_OF_RUN) {
      const n = started++;
      const isFailing = n % 100 === 7;
      const one = run.startInstance({ scenario_id: `scenario_${n % 3}` });
      for (const step_name of STEPS) {
        const observation = observationOf(steps++);
        const isBad = isFailing && step_name === "pay";
        if (isBad) observation.status_code = 502;
        observation.text = TEXT;
        await one.step({ step_name, step_type: "http", observation });
      }
      await one.assertion({
        assertion_name: "paid",
        passed: !isFailing,
        expected: 201,
        actual: isFailing ? 502 : 201,
        step_index: 3,
      });
      if (isFailing) failed.push(one.instance_id);
      await one.complete();
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, produce));
  const { files } = await run.finalize();
  const bytes = files["instances.jsonl"].bytes + files["steps.jsonl"].bytes +
    files["assertions.jsonl"].bytes;
  return { path: run.path, failed: failed.sort(), bytes };
}

/** Runs of one instance, one step and two artifact files. */
async function makeRuns(dir: string): Promise<void> {
  for (let n = 0; n < RUNS_LISTED; n++) {
    const run_id = `run_${String(n).padStart(4, "0")}`;
    const run = await createRun({
      dir,
      run_id,
      sut_name: "bench",
      durability: "os",
    });
    const one = run.startInstance({ scenario_id: "checkout" });
    await one.step({
      step_name: "pay",
      step_type: "http",
      observation: observationOf(n),
      request: { n },
      response: { n },
    });
    await one.complete();
    await run.finalize();
  }
}
