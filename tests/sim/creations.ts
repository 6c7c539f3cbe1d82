/** Runs that are created where others were being created. */
import type { Campaign } from "./campaign.ts";
import { Random } from "./random.ts";
import type { Library } from "./scene.ts";
import { SimDisk } from "./sim_disk.ts";
import { turns, withSimulatedClock } from "./turns.ts";

const OPTIONS = { dir: "data/runs", sut_name: "shop" };

/** Two at once, and power is lost at every operation: what was created is there. */
export async function checkCreationsAtOnce(
  library: Library,
  seed: number,
  campaign: Campaign,
): Promise<void> {
  campaign.seeds.add(seed);
  const attempt = async (crashAt?: number) => {
    const random = new Random(seed);
    const disk = new SimDisk({ seed, latency: true, crashAt });
    const created: string[] = [];
    const create = async (afterTurns: number) => {
      await turns(afterTurns);
      const run = await library.createRun({ ...OPTIONS, fs: disk });
      if (disk.running) created.push(run.path);
    };
    const all = Promise.all([create(0), create(random.below(20))]);
    await withSimulatedClock(() => Promise.race([disk.crashed, all]));
    return { disk, created };
  };
  const { disk } = await attempt();
  for (let at = 0; at <= disk.operations.length; at++) {
    const { disk, created } = await attempt(at);
    const where = `SIM_SEED=${seed}, two createRun at once, crash at ${at}`;
    await losePower(library, disk, created, where, campaign, seed + at);
  }
}

/** One after another: the first dies at every operation, the second does not. */
export async function checkCreationAfterCrash(
  library: Library,
  seed: number,
  campaign: Campaign,
): Promise<void> {
  campaign.seeds.add(seed);
  const whole = new SimDisk({ seed, latency: true });
  await library.createRun({ ...OPTIONS, fs: whole });
  for (let at = 0; at < whole.operations.length; at++) {
    const first = new SimDisk({ seed, latency: true, crashAt: at });
    const lost = library.createRun({ ...OPTIONS, fs: first });
    await withSimulatedClock(() => Promise.race([first.crashed, lost]));
    const second = first.crash("process", new Random(seed));
    const run = await library.createRun({ ...OPTIONS, fs: second });
    const where =
      `SIM_SEED=${seed}, createRun after one that died at operation ${at}`;
    await losePower(library, second, [run.path], where, campaign, seed + at);
  }
}

async function losePower(
  library: Library,
  disk: SimDisk,
  created: string[],
  where: string,
  campaign: Campaign,
  seed: number,
): Promise<void> {
  campaign.runs++;
  campaign.crashPoints++;
  campaign.powerLosses++;
  const after = disk.crash("power", new Random(seed));
  for (const path of created) {
    try {
      await library.openRun(path, { fs: after });
    } catch (error) {
      const what = `"${path}" was created, and is not there: ${error}`;
      campaign.findings.push({ where, what });
    }
  }
}
