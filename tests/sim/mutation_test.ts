/**
 * Proof that the simulation notices: it finds something in every broken copy of
 * the library, and nothing in copies that are not. On Node alone, because the
 * broken code is the same everywhere and each copy takes a process; `SIM_MUTANT`
 * chooses by name.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { CONTROLS, type Mutant, MUTANTS, writeMutant } from "./mutants.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HUNT = fileURLToPath(new URL("hunt.ts", import.meta.url));
const HUNT_MS_MAX = 300_000;
const chosen = process.env.SIM_MUTANT ?? "";
const onNode = !("Deno" in globalThis) && !("Bun" in globalThis);
const options = {
  skip: onNode ? false : "runs on Node alone: see the head of the file",
};

/** Where nothing is to be found, some of the places say as much as all of them. */
const CONTROL_SHARE = "1/15";

/** The status of a hunt that has found something; others are failures of it. */
const FOUND_STATUS = 3;

interface Hunt {
  status: unknown;
  said: string;
}

for (const mutant of MUTANTS.filter(({ name }) => name.includes(chosen))) {
  test(`the simulation notices when ${mutant.name}`, options, async () => {
    const { status, said } = await hunt(mutant, "1/1");
    console.log(`caught: ${mutant.name}\n    ${said.slice(0, 500)}`);
    assert.equal(status, FOUND_STATUS, said);
  });
}

for (const control of CONTROLS.filter(({ name }) => name.includes(chosen))) {
  test(
    `the simulation finds nothing when ${control.name}`,
    options,
    async () => {
      const { status, said } = await hunt(control, CONTROL_SHARE);
      console.log(`${control.name}: ${said}`);
      assert.equal(status, 0, said);
    },
  );
}

async function hunt(mutant: Mutant, share: string): Promise<Hunt> {
  const dir = await mkdtemp(join(tmpdir(), "windtunnel-mutant-"));
  try {
    const mod = await writeMutant(ROOT, dir, mutant);
    return await new Promise((resolve) => {
      execFile(
        process.execPath,
        [HUNT, mod, mutant.lookFirst ?? "runs"],
        {
          timeout: HUNT_MS_MAX,
          // Nothing of a copy is compiled twice.
          env: {
            ...process.env,
            TEST_SHARE: share,
            NODE_DISABLE_COMPILE_CACHE: "1",
          },
        },
        (error, out, err) =>
          resolve({
            status: error ? error.code ?? error.signal : 0,
            said: (out + err).trim(),
          }),
      );
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
