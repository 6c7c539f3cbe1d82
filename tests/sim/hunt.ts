/**
 * Looks for a first finding in the library whose `mod.ts` is given, and prints
 * it: `node hunt.ts <mod.ts> [<where to look first>]`. A process of its own, so that whatever a
 * broken library does (hangs, unhandled rejections) stays in there.
 */
import process from "node:process";
import { pathToFileURL } from "node:url";
import { Campaign, DURABILITIES } from "./campaign.ts";
import { isOwnCase } from "../support/share.ts";
import { type Library, LONG, SHORT } from "./scene.ts";
import { takeOverEverywhere } from "./take_over.ts";
import { simulateTimeOf } from "./turns.ts";

const [path, lookFirst = "runs"] = process.argv.slice(2);
const mod = pathToFileURL(path!).href;
const library: Library = await import(mod);
await simulateTimeOf(mod);

/** The same one for broken copies and for controls. */
const SEED = 1;

/** A workload that is making a directory of artifacts while it is taken over. */
const TAKE_OVER_SEED = 7;

const campaign = new Campaign();

/** What the campaign found first, if anything. */
function first(): string | undefined {
  const [first] = campaign.findings;
  return first && `${first.where}: ${first.what}`;
}

async function inTakeOvers(): Promise<string | undefined> {
  for (const durability of ["instance", "record"] as const) {
    const { found } = await takeOverEverywhere({
      library,
      durability,
      seed: TAKE_OVER_SEED,
    });
    if (found[0]) return `taken over, ${durability}, ${found[0]}`;
  }
  return undefined;
}

async function inRuns(): Promise<string | undefined> {
  const inOrder = [
    ...DURABILITIES.filter((durability) => durability === lookFirst),
    ...DURABILITIES.filter((durability) => durability !== lookFirst),
  ];
  for (const size of [SHORT, LONG]) {
    for (const durability of inOrder) {
      const setup = { library, durability, seed: SEED, size };
      const operations = await campaign.whole(setup);
      // All operations of a short run, as many of a long one.
      const step = Math.max(1, Math.floor(operations / 60));
      for (let at = 0; at < operations && !first(); at += step) {
        if (!isOwnCase(at / step)) continue;
        await campaign.crashAt(setup, at);
        await campaign.faultAt(setup, at);
      }
      if (first()) return first();
    }
  }
  return undefined;
}

async function inRecoveries(): Promise<string | undefined> {
  for (const durability of DURABILITIES) {
    await campaign.exhaustRecovery({
      library,
      durability,
      seed: SEED,
      size: SHORT,
    });
    if (first()) return first();
  }
  return undefined;
}

async function hunt(): Promise<string | undefined> {
  const places = new Map([
    ["runs", inRuns],
    ["take-overs", inTakeOvers],
    ["recoveries", inRecoveries],
  ]);
  for (const place of new Set([lookFirst!, ...places.keys()])) {
    const finding = await places.get(place)?.();
    if (finding !== undefined) return finding;
  }
  console.log(`nothing in ${campaign}`);
  return undefined;
}

/** Tells a finding from a failure of the hunt itself, which is status 1. */
const FOUND_STATUS = 3;

process.on("unhandledRejection", (reason) => {
  console.log(`a rejection that nobody handles: ${reason}`);
  process.exit(FOUND_STATUS);
});

const finding = await hunt();
if (finding !== undefined) console.log(finding);
// Timers of a broken library must not keep the process.
process.exit(finding === undefined ? 0 : FOUND_STATUS);
