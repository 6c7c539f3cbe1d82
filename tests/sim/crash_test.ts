/**
 * Crashes and faults at every operation of short runs, and at some of long ones.
 *
 * `SIM_SEEDS` says how many seeds to go through (default 1), `SIM_SEED` where to
 * start (default 1). What fails names its seed: `SIM_SEED=7 SIM_SEEDS=1` repeats
 * it. `SIM_LIBRARY` takes another copy of the library than this one.
 */
import assert from "node:assert/strict";
import process from "node:process";
import { test, type TestContext } from "node:test";
import { Campaign, DURABILITIES } from "./campaign.ts";
import { checkCreationAfterCrash, checkCreationsAtOnce } from "./creations.ts";
import { checkResumption } from "./resumption.ts";
import { type Library, LONG, SHORT } from "./scene.ts";
import { simulateTimeOf } from "./turns.ts";

const mod = new URL(process.env.SIM_LIBRARY ?? "../../mod.ts", import.meta.url);
const library: Library = await import(mod.href);
await simulateTimeOf(mod.href);
const first = Number(process.env.SIM_SEED ?? 1);
const seeds = Array.from(
  { length: Number(process.env.SIM_SEEDS ?? 1) },
  (_, i) => first + i,
);

/** Crashes, and faults, of a long run. */
const PLACES_PER_LONG_RUN = 8;

/** Findings that are shown; more of them say no more. */
const SHOWN_MAX = 12;

for (const durability of DURABILITIES) {
  test(`a short run at "${durability}" survives every crash and fault`, async (t) => {
    const campaign = new Campaign();
    for (const seed of seeds) {
      await campaign.exhaust({ library, durability, seed, size: SHORT });
    }
    assertNothingFound(t, campaign);
  });

  test(`a recovery at "${durability}" survives a crash at every operation`, async (t) => {
    const campaign = new Campaign();
    for (const seed of seeds) {
      await campaign.exhaustRecovery({
        library,
        durability,
        seed,
        size: SHORT,
      });
    }
    assertNothingFound(t, campaign);
  });

  test(`a run at "${durability}" can be resumed after a crash`, async (t) => {
    const campaign = new Campaign();
    for (const seed of seeds) {
      const setup = { library, durability, seed, size: SHORT };
      await checkResumption(setup, campaign, 1);
    }
    assertNothingFound(t, campaign);
  });

  test(`a long run at "${durability}" survives crashes and faults`, async (t) => {
    const campaign = new Campaign();
    for (const seed of seeds) {
      const setup = { library, durability, seed, size: LONG };
      await campaign.sample(setup, PLACES_PER_LONG_RUN);
    }
    assertNothingFound(t, campaign);
  });
}

test("runs that are created at once survive every power loss", async (t) => {
  const campaign = new Campaign();
  for (const seed of seeds) {
    await checkCreationsAtOnce(library, seed, campaign);
  }
  assertNothingFound(t, campaign);
});

test("a run that is created after a crash survives a power loss", async (t) => {
  const campaign = new Campaign();
  for (const seed of seeds) {
    await checkCreationAfterCrash(library, seed, campaign);
  }
  assertNothingFound(t, campaign);
});

function assertNothingFound(t: TestContext, campaign: Campaign): void {
  const { findings } = campaign;
  console.log(`${campaign}`);
  const shown = findings.slice(0, SHOWN_MAX).map(({ where, what }) =>
    `${where}:\n    ${what}`
  );
  assert.equal(
    findings.length,
    0,
    `${findings.length} findings in "${t.name}":\n${shown.join("\n")}`,
  );
}
