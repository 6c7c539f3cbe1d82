/**
 * A second process takes the run over at an operation of the first, which goes
 * on: nothing that was acknowledged as durable is lost, and nothing of the first
 * stands behind what the second has written. A copy made at that operation is no
 * run that is being written.
 */
import type { RunWriter } from "../../mod.ts";
import { type Library, RUN_DIR, SHORT } from "./scene.ts";
import type { SimDisk } from "./sim_disk.ts";
import { type Outcome, type Setup, simulate } from "./simulate.ts";

const SIZE = { ...SHORT, producers: 3 };
const FILES = ["instances.jsonl", "steps.jsonl", "assertions.jsonl"];

/** Takes the run over, records an instance, and ends. */
async function takeOver(library: Library, fs: SimDisk): Promise<boolean> {
  let run: RunWriter;
  try {
    run = await library.resumeRun(RUN_DIR, { fs, takeOver: true });
  } catch (error) {
    const { code } = error as { code?: string };
    // No run yet, or one that was completed.
    if (code === "RUN_NOT_FOUND" || code === "RUN_CLOSED") return false;
    throw error;
  }
  const one = run.startInstance({ scenario_id: "taken", instance_id: "taken" });
  await one.step({ step_name: "taken", step_type: "sim" });
  await one.assertion({ assertion_name: "taken", passed: true });
  await one.complete();
  await run.finalize();
  return true;
}

/** What is wrong with a copy of a run whose writer is at work. */
async function misreadCopy(
  library: Library,
  copy: SimDisk,
): Promise<string | undefined> {
  const isRun = copy.peek(`${RUN_DIR}/manifest.json`) !== undefined;
  if (!isRun) return undefined;
  const { state } = await library.openRun(RUN_DIR, { fs: copy });
  return state === "running" ? "a copy of the run reads as running" : undefined;
}

function linesOf(disk: SimDisk, file: string): Record<string, unknown>[] {
  const text = new TextDecoder().decode(disk.peek(`${RUN_DIR}/${file}`));
  return text.trimEnd().split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** What is wrong after a take-over. */
function check(outcome: Outcome): string[] {
  const { disk, ledger, setup } = outcome;
  const found: string[] = [];
  if (outcome.ended !== "finished") found.push(`it ${outcome.ended}`);
  const keys = {
    "instances.jsonl": "instance_id",
    "steps.jsonl": "step_name",
    "assertions.jsonl": "assertion_name",
  } as Record<string, string>;
  for (const file of FILES) {
    const lines = linesOf(disk, file);
    const names = lines.map((line) => line[keys[file]!]);
    const own = names.indexOf("taken");
    if (own === -1) found.push(`${file} has nothing of the new writer`);
    else if (own !== names.length - 1) {
      found.push(`${file} has lines of the old writer behind those of the new`);
    }
    const kind = file.slice(0, -"s.jsonl".length);
    const isDurable = setup.durability === "record" || kind === "instance";
    for (const entry of ledger.entries) {
      if (entry.kind !== kind || !isDurable || entry.streamed) continue;
      if (entry.state === "acknowledged" && !names.includes(entry.key)) {
        found.push(`${kind} "${entry.key}" was acknowledged and is lost`);
      }
    }
  }
  if (ledger.finalized.state === "acknowledged") {
    found.push("the old writer has finalized a run that was not its own");
  }
  const { code } = (ledger.lastError ?? {}) as { code?: string };
  if (code !== "RUN_TAKEN" && code !== "WRITE_FAILED") {
    found.push(`the old writer was told ${code}`);
  }
  return found;
}

/** What is wrong with a run that was sealed. */
async function damageOf({ disk, setup }: Outcome): Promise<string[]> {
  const { problems } = await setup.library.verifyRun(RUN_DIR, { fs: disk });
  // What the old writer was about to write when it was stopped stands beside.
  return problems.filter(({ file }) => !file.endsWith(".tmp"))
    .map(({ message }) => message);
}

/** Takes a run over at each operation of its writer. */
export async function takeOverEverywhere(
  { library, durability, seed }: Pick<Setup, "library" | "durability" | "seed">,
): Promise<{ found: string[]; taken: number; operations: number }> {
  const setup = { library, durability, seed, size: SIZE };
  const whole = await simulate(setup);
  const operations = whole.disk.operations.length;
  const found: string[] = await damageOf(whole);
  let taken = 0;
  for (let at = 0; at < operations; at++) {
    let tookOver = false;
    let misread: string | undefined;
    const act = async (disk: SimDisk) => {
      [misread, tookOver] = await Promise.all([
        misreadCopy(library, disk.copied()),
        takeOver(library, disk),
      ]);
    };
    const outcome = await simulate({ ...setup, other: { at, act } });
    if (misread) found.push(`at operation ${at} of ${operations}: ${misread}`);
    // Too early or too late: nothing has happened.
    if (!tookOver) continue;
    taken++;
    // Lines that cannot be read are the report's to name.
    const damage = await damageOf(outcome);
    for (const what of damage.length > 0 ? damage : check(outcome)) {
      found.push(`at operation ${at} of ${operations}: ${what}`);
    }
  }
  return { found, taken, operations };
}
