/** What the parts of a workload share. */
import type { RunWriter } from "../../mod.ts";
import type { Ledger } from "./ledger.ts";
import type { Random } from "./random.ts";
import { microtasks, turns } from "./turns.ts";

/** The library under test: the real one, or a broken copy. */
export type Library = Pick<
  typeof import("../../mod.ts"),
  "createRun" | "openRun" | "recoverRun" | "resumeRun" | "verifyRun"
>;

export const RUN_ID = "run_sim";
/** Not there at first, with parents that are not there either. */
export const RUNS_DIR = "data/runs";
export const RUN_DIR = `${RUNS_DIR}/${RUN_ID}`;

/** How much there is to record. */
export interface Size {
  producers: number;
  instancesPerProducer: number;
  stepsMax: number;
  /** UTF-16 units of the largest text. */
  textMax: number;
}

export const SHORT: Size = {
  producers: 2,
  instancesPerProducer: 1,
  stepsMax: 2,
  textMax: 20,
};

export const LONG: Size = {
  producers: 10,
  instancesPerProducer: 2,
  stepsMax: 6,
  textMax: 10_000,
};

/** What the producers share. */
export interface Scene {
  run: RunWriter;
  ledger: Ledger;
  random: Random;
  size: Size;
}

/** Lets the others go on, for a moment that differs. */
export async function pause(random: Random): Promise<void> {
  const choice = random.below(4);
  if (choice === 0) return;
  if (choice < 3) await microtasks(random.below(6));
  else await turns(1 + random.below(3));
}

/** A text that shows where it is cut. */
export function text({ random, size }: Scene): string {
  const piece = random.pick([
    "plain ",
    "naïve café ",
    "日本語のテスト",
    "🚀🧪👩‍🔬",
    'line\nbreak "quoted" \u2028',
    "\ud800 lone",
  ]);
  const limit = random.chance(0.1) ? size.textMax : 20;
  return piece.repeat(1 + Math.floor(random.below(limit) / piece.length));
}
