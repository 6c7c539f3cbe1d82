/**
 * Many simulated processes: a crash, or a fault, at each operation of one
 * workload, and the findings of every check.
 */
import type { Durability } from "../../mod.ts";
import { checkAfterCrash } from "./check.ts";
import { checkFailure } from "./check_failure.ts";
import { dirname } from "node:path";
import { Random } from "./random.ts";
import type { CrashKind } from "./read_back.ts";
import { checkEveryRecoveryCrash, checkRecovery } from "./recovery.ts";
import { RUN_DIR } from "./scene.ts";
import { describe, type Outcome, type Setup, simulate } from "./simulate.ts";

export const DURABILITIES: readonly Durability[] = ["instance", "record", "os"];

/** Power losses that are drawn for each crash: each loses something else. */
const POWER_LOSSES = 2;

/** Something that is wrong. */
export interface Finding {
  /** Names the seed and the place, so that it can be repeated. */
  where: string;
  what: string;
}

/** What was done so far, and what was found. */
export class Campaign {
  readonly findings: Finding[] = [];
  runs = 0;
  crashPoints = 0;
  powerLosses = 0;
  processCrashes = 0;
  faults = 0;
  recoveries = 0;
  recoveryCrashPoints = 0;
  readonly seeds = new Set<number>();

  /** One workload without a crash; tells how many operations there are. */
  async whole(setup: Setup): Promise<number> {
    const outcome = await this.#simulate(setup);
    if (outcome.ended !== "finished") {
      this.#find(outcome, checkFailure(outcome));
    }
    if (outcome.ledger.finalized.state !== "acknowledged") {
      this.#find(outcome, [`finalize: ${outcome.ledger.finalized.error}`]);
    }
    await this.#crash(outcome);
    return outcome.disk.operations.length;
  }

  /** The process dies at that operation. */
  async crashAt(setup: Setup, crashAt: number): Promise<void> {
    const outcome = await this.#simulate({ ...setup, crashAt });
    if (outcome.ended !== "crashed") {
      this.#find(outcome, [
        `the process ${outcome.ended}: ${outcome.error ?? ""}`,
      ]);
    }
    this.crashPoints++;
    await this.#crash(outcome);
  }

  /** That operation fails; the process may crash long afterwards. */
  async faultAt(setup: Setup, faultAt: number): Promise<void> {
    const outcome = await this.#simulate({ ...setup, faultAt });
    this.faults++;
    this.#find(outcome, checkFailure(outcome));
    await this.#crash(outcome);
  }

  /** Every crash and every fault of one workload. */
  async exhaust(setup: Setup): Promise<void> {
    const operations = await this.whole(setup);
    for (let at = 0; at < operations; at++) {
      await this.crashAt(setup, at);
      await this.faultAt(setup, at);
    }
  }

  /** Crashes and faults at places that are drawn. */
  async sample(setup: Setup, count: number): Promise<void> {
    const random = new Random(setup.seed);
    const operations = await this.whole(setup);
    for (let i = 0; i < count; i++) {
      await this.crashAt(setup, random.below(operations));
      await this.faultAt(setup, random.below(operations));
    }
  }

  /**
   * Dies while it writes lines or finalizes, and then again at every operation
   * of its recovery: of these, this process's share.
   */
  async exhaustRecovery(setup: Setup): Promise<void> {
    const random = new Random(setup.seed);
    const whole = await this.#simulate(setup);
    const last = whole.disk.operations.length - 1;
    const writes = whole.disk.operations.flatMap(({ kind, path }, at) =>
      kind === "write" && path.endsWith(".jsonl") ? [at + 1] : []
    );
    // Before the name of the run is durable.
    const nameSynced = whole.disk.operations.findLastIndex(({ kind, path }) =>
      kind === "syncDir" && path === dirname(RUN_DIR)
    );
    const places = new Set([nameSynced, random.pick(writes)]);
    // Around the rename of the summary, and the syncs before and after it.
    for (let at = last - 6; at <= last; at++) places.add(at);
    for (const crashAt of places) {
      const outcome = await this.#simulate({ ...setup, crashAt });
      const disk = outcome.disk.crash("process", random);
      const { crashPoints, found } = await checkEveryRecoveryCrash(
        outcome,
        disk,
        "process",
        random,
      );
      this.recoveryCrashPoints += crashPoints;
      this.#find(outcome, found, "process");
    }
  }

  /** The numbers, for the log. */
  toString(): string {
    return `${this.crashPoints} crash points (${this.processCrashes} process crashes and ${this.powerLosses} power losses looked at), ${this.faults} faults, ${this.recoveries} recoveries and ${this.recoveryCrashPoints} crashes in one, ${this.runs} runs, ${this.seeds.size} seeds`;
  }

  async #simulate(setup: Setup): Promise<Outcome> {
    this.runs++;
    this.seeds.add(setup.seed);
    return await simulate(setup);
  }

  async #crash(outcome: Outcome): Promise<void> {
    const random = new Random(outcome.setup.seed);
    const kinds: CrashKind[] = ["process"];
    for (let i = 0; i < POWER_LOSSES; i++) kinds.push("power");
    const recovered = random.below(kinds.length);
    for (const [i, kind] of kinds.entries()) {
      const disk = outcome.disk.crash(kind, random);
      if (kind === "power") this.powerLosses++;
      else this.processCrashes++;
      const found = await checkAfterCrash(outcome, disk, kind);
      if (found.length === 0 && i === recovered) {
        found.push(...await checkRecovery(outcome, disk, kind, random));
        this.recoveries++;
      }
      this.#find(outcome, found, kind);
    }
  }

  #find(outcome: Outcome, found: string[], kind?: CrashKind): void {
    const after = kind ? `, after a ${kind} crash` : "";
    for (const what of found) {
      this.findings.push({ where: describe(outcome) + after, what });
    }
  }
}
