/** One simulated process: a workload on a disk, with a bound on its time. */
import type { Durability } from "../../mod.ts";
import { Ledger } from "./ledger.ts";
import type { Plan } from "./plan.ts";
import { Random } from "./random.ts";
import type { Library, Size } from "./scene.ts";
import { SimDisk } from "./sim_disk.ts";
import { turns, withSimulatedClock } from "./turns.ts";
import { runWorkload } from "./workload.ts";

/** Turns without any operation of the disk after which nothing will come. */
const IDLE_TURNS_MAX = 1000;
/** Turns that no workload needs. */
const TURNS_MAX = 200_000;

export interface Setup {
  library: Library;
  durability: Durability;
  seed: number;
  size: Size;
  crashAt?: number;
  faultAt?: number;
  /** What another process does at an operation of this one. */
  other?: { at: number; act: (disk: SimDisk) => Promise<void> };
}

export interface Outcome {
  setup: Setup;
  disk: SimDisk;
  ledger: Ledger;
  ended: "finished" | "crashed" | "hung" | "threw";
  error?: unknown;
}

/** Runs the workload until it is finished, the process dies, or nothing moves. */
export async function simulate(setup: Setup): Promise<Outcome> {
  const random = new Random(setup.seed);
  const plan: Plan = {
    seed: random.below(2 ** 32),
    latency: true,
    trouble: 0.15,
    crashAt: setup.crashAt,
    faultAt: setup.faultAt,
  };
  const { other } = setup;
  let others: Promise<void> | undefined;
  if (other) {
    const act = () => void (others = other.act(disk.inAnotherContainer()));
    plan.onOperation = { index: other.at, act };
  }
  const disk: SimDisk = new SimDisk(plan);
  const ledger = new Ledger(disk);
  const outcome: Outcome = { setup, disk, ledger, ended: "hung" };
  let over = false;
  const workload = runWorkload(
    setup.library,
    disk,
    ledger,
    setup.durability,
    random.fork(),
    setup.size,
  ).then(
    () => outcome.ended = "finished",
    (error) => {
      outcome.ended = "threw";
      outcome.error = error;
    },
  );
  await withSimulatedClock(async () => {
    await Promise.race([
      workload.then(() => others),
      disk.crashed.then(() => outcome.ended = "crashed"),
      watch(disk, ledger, () => over),
    ]);
  });
  over = true;
  return outcome;
}

/** Names a simulated process so that it can be repeated. */
export function describe({ setup, disk, ended }: Outcome): string {
  const { durability, seed, crashAt, faultAt } = setup;
  const at = crashAt ?? faultAt;
  const operation = at === undefined ? undefined : disk.operations[at];
  return [
    `SIM_SEED=${seed}`,
    `durability "${durability}"`,
    crashAt !== undefined && `crash at operation ${crashAt}`,
    faultAt !== undefined && `fault at operation ${faultAt}`,
    operation && `(${operation.kind} "${operation.path}")`,
    ended,
  ].filter(Boolean).join(", ");
}

/** Counts turns, and resolves when nothing has moved for too long. */
async function watch(
  disk: SimDisk,
  ledger: Ledger,
  isOver: () => boolean,
): Promise<void> {
  let idle = 0;
  let operations = 0;
  while (!isOver() && ledger.turn < TURNS_MAX) {
    await turns(1);
    ledger.turn++;
    if (disk.operations.length === operations) {
      if (++idle > IDLE_TURNS_MAX) return;
    } else {
      operations = disk.operations.length;
      idle = 0;
    }
  }
}
