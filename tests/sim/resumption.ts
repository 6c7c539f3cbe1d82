/**
 * Going on with a run after a crash: what was there stays, what is added is
 * kept, and a crash while it is resumed changes neither.
 */
import type { Campaign } from "./campaign.ts";
import { Random } from "./random.ts";
import { type Library, RUN_DIR } from "./scene.ts";
import type { SimDisk } from "./sim_disk.ts";
import { describe, type Setup, simulate } from "./simulate.ts";

const FILES = ["instances.jsonl", "steps.jsonl", "assertions.jsonl"];

/** Crashes at every `every`-th operation, and resumes each time. */
export async function checkResumption(
  setup: Setup,
  campaign: Campaign,
  every: number,
): Promise<void> {
  const random = new Random(setup.seed);
  const whole = await simulate(setup);
  for (let at = 0; at < whole.disk.operations.length; at += every) {
    const outcome = await simulate({ ...setup, crashAt: at });
    const kind = random.chance(0.5) ? "process" : "power";
    const crashed = outcome.disk.crash(kind, random);
    campaign.runs++;
    campaign.crashPoints++;
    campaign.seeds.add(setup.seed);
    if (!crashed.peek(`${RUN_DIR}/manifest.json`)) continue;
    for (const what of await resume(setup.library, crashed, random)) {
      const where = `${describe(outcome)}, resumed after a ${kind} crash`;
      campaign.findings.push({ where, what });
    }
  }
}

async function resume(
  library: Library,
  crashed: SimDisk,
  random: Random,
): Promise<string[]> {
  const before = FILES.map((file) => wholeLines(crashed, file));
  // Once to count the operations; then it dies at one of them, and again.
  const trial = crashed.crash("process", random);
  if (!await goOn(library, trial)) return [];
  const crashAt = random.below(trial.operations.length);
  const dying = crashed.crash("process", random, { crashAt, seed: crashAt });
  await Promise.race([dying.crashed, goOn(library, dying).catch(() => {})]);
  const disk = dying.crash("process", random);
  const found = checkKept(disk, before, "died while it was resumed");
  if (!await goOn(library, disk)) return found; // It died after its summary.
  found.push(...checkKept(disk, before, "resumed"));
  const lost = disk.crash("power", random);
  found.push(...checkKept(lost, before, "resumed, and power was lost"));
  const run = await library.openRun(RUN_DIR, { fs: lost });
  const { total_instances, total_steps } = run.summary!;
  const counts = [lines(lost, FILES[0]!), lines(lost, FILES[1]!)];
  if (total_instances !== counts[0] || total_steps !== counts[1]) {
    found.push(`${total_instances}, ${total_steps} for ${counts} lines`);
  }
  return found;
}

/** Adds an instance to the run and finalizes it; false where it is completed. */
async function goOn(library: Library, fs: SimDisk): Promise<boolean> {
  const { state } = await library.openRun(RUN_DIR, { fs });
  if (state === "completed") return false;
  const run = await library.resumeRun(RUN_DIR, { fs });
  const one = run.startInstance({ scenario_id: "resumed" });
  await one.step({ step_name: "again", step_type: "sim", request: { n: 1 } });
  await one.complete();
  await run.finalize();
  return true;
}

function checkKept(disk: SimDisk, before: string[], when: string): string[] {
  return FILES.flatMap((file, i) =>
    wholeLines(disk, file).startsWith(before[i]!)
      ? []
      : [`${when}: lines of ${file} are lost`]
  );
}

function wholeLines(disk: SimDisk, file: string): string {
  const bytes = disk.peek(`${RUN_DIR}/${file}`) ?? new Uint8Array();
  const text = new TextDecoder("latin1").decode(bytes);
  return text.slice(0, text.lastIndexOf("\n") + 1);
}

function lines(disk: SimDisk, file: string): number {
  return wholeLines(disk, file).split("\n").length - 1;
}
