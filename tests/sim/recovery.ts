/**
 * Recovery after a crash, and after a crash of the recovery: it loses no whole
 * line, deletes nothing, and what it reports is durable.
 */
import { isDeepStrictEqual } from "node:util";
import type {
  Durability,
  RecoveryReport,
  RunReader,
  VerificationCode,
} from "../../mod.ts";
import { checkAfterCrash } from "./check.ts";
import type { Random } from "./random.ts";
import { type CrashKind, isHole } from "./read_back.ts";
import { type Library, RUN_DIR } from "./scene.ts";
import type { SimDisk } from "./sim_disk.ts";
import { isOwnCase } from "../support/share.ts";
import type { Outcome } from "./simulate.ts";

const FILES = ["instances.jsonl", "steps.jsonl", "assertions.jsonl"];

const NAMES = new Set([
  ...FILES,
  "started.jsonl",
  "manifest.json",
  "summary.json",
  "artifacts",
]);

/** Recovers what a crash left, and says what went wrong. */
export async function checkRecovery(
  outcome: Outcome,
  crashed: SimDisk,
  kind: CrashKind,
  random: Random,
): Promise<string[]> {
  const { library } = outcome.setup;
  let disk = crashed.crash("process", random);
  if (!disk.peek(`${RUN_DIR}/manifest.json`)) return [];
  if (random.chance(0.5)) {
    const again = random.chance(0.5) ? "process" : "power";
    disk = await crashDuringRecovery(library, disk, again, random);
    if (again === "power") kind = "power";
    const found = await checkAfterCrash(outcome, disk, kind, true);
    if (found.length > 0) return found.map((what) => `recovery died: ${what}`);
    if (!disk.peek(`${RUN_DIR}/manifest.json`)) return [];
  }
  return await recoverAndLook(outcome, disk, kind, random);
}

/**
 * Recovers what a crash left, and crashes at every operation of the recovery;
 * what is left then is recovered again, and is to be as after the first time.
 */
export async function checkEveryRecoveryCrash(
  outcome: Outcome,
  crashed: SimDisk,
  kind: CrashKind,
  random: Random,
): Promise<{ crashPoints: number; found: string[] }> {
  const { library } = outcome.setup;
  const found: string[] = [];
  let crashPoints = 0;
  if (!crashed.peek(`${RUN_DIR}/manifest.json`)) return { crashPoints, found };
  const whole = crashed.crash("process", random);
  await library.recoverRun(RUN_DIR, { fs: whole }).catch(() => {});
  for (let at = 0; at < whole.operations.length; at++) {
    const chance = random.fork();
    if (!isOwnCase(at)) continue;
    for (const again of ["process", "power"] as const) {
      crashPoints++;
      const disk = await crashRecoveryAt(library, crashed, at, again, chance);
      const hardest = again === "power" ? "power" : kind;
      const wrong = await checkAfterCrash(outcome, disk, hardest, true);
      if (wrong.length === 0 && disk.peek(`${RUN_DIR}/manifest.json`)) {
        wrong.push(...await recoverAndLook(outcome, disk, hardest, chance));
      }
      found.push(
        ...wrong.map((what) =>
          `recovery crashed (${again}) at operation ${at}: ${what}`
        ),
      );
    }
  }
  return { crashPoints, found };
}

/** Recovers to the end, and says what went wrong, now or after a power loss. */
async function recoverAndLook(
  outcome: Outcome,
  disk: SimDisk,
  kind: CrashKind,
  random: Random,
): Promise<string[]> {
  const { library } = outcome.setup;
  const before = FILES.map((file) => split(disk.peek(`${RUN_DIR}/${file}`)));
  let report: RecoveryReport;
  try {
    report = await library.recoverRun(RUN_DIR, { fs: disk });
  } catch (error) {
    if (isHole(outcome, kind, error)) return [];
    return [`recoverRun was rejected: ${error}`];
  }
  const found: string[] = [];
  const lookAt = async (disk: SimDisk, when: string) => {
    for (const what of await look(library, disk, before, report)) {
      found.push(`${when}: ${what}`);
    }
  };
  await lookAt(disk, "recovered");
  // What a failed sync dropped can still be read, and no later sync saves it.
  if (outcome.disk.fault?.operation.kind.startsWith("sync")) return found;
  await lookAt(
    disk.crash("power", random),
    "recovered, and then power was lost",
  );
  return found;
}

async function crashDuringRecovery(
  library: Library,
  disk: SimDisk,
  kind: CrashKind,
  random: Random,
): Promise<SimDisk> {
  const whole = disk.crash("process", random);
  await library.recoverRun(RUN_DIR, { fs: whole }).catch(() => {});
  const crashAt = random.below(whole.operations.length);
  return await crashRecoveryAt(library, disk, crashAt, kind, random);
}

async function crashRecoveryAt(
  library: Library,
  disk: SimDisk,
  crashAt: number,
  kind: CrashKind,
  random: Random,
): Promise<SimDisk> {
  const dying = disk.crash("process", random, { crashAt, seed: crashAt });
  await Promise.race([
    dying.crashed,
    library.recoverRun(RUN_DIR, { fs: dying }).catch(() => {}),
  ]);
  return dying.crash(kind, random);
}

async function look(
  library: Library,
  disk: SimDisk,
  before: Split[],
  report: RecoveryReport,
): Promise<string[]> {
  const found: string[] = [];
  let run: RunReader;
  try {
    run = await library.openRun(RUN_DIR, { fs: disk });
  } catch (error) {
    return [`the run cannot be opened: ${error}`];
  }
  if (!isDeepStrictEqual(run.summary, report.summary)) {
    found.push("the summary is not the reported one");
  }
  found.push(...await verify(library, disk, run.manifest.durability));
  const left = disk.namesIn(RUN_DIR).filter((name) => !NAMES.has(name));
  if (left.length > 0) found.push(`the run holds ${left.join(" ")}`);
  FILES.forEach((file, i) => {
    const { whole, torn } = split(disk.peek(`${RUN_DIR}/${file}`));
    const damaged = report.damage.find((part) => part.file.endsWith(file));
    // From a hole on, all is set aside: see `isHole`.
    const kept = before[i]!.whole.slice(0, damaged?.offset);
    if (whole !== kept) found.push(`${file} has other lines`);
    if (damaged) {
      const { whole, torn } = before[i]!;
      const bytes = disk.peek(damaged.savedAs);
      if (!bytes || latin1(bytes) !== (whole + torn).slice(damaged.offset)) {
        found.push(`the damage of ${file} was not put aside`);
      }
    }
    if (torn !== "") found.push(`${file} has a torn tail`);
    const lines = whole.split("\n").length - 1;
    const { total_instances, total_steps, total_assertions } = report.summary;
    const total = [total_instances, total_steps, total_assertions][i];
    if (lines !== total) found.push(`${total} ${file} for ${lines} lines`);
    if (before[i]!.torn === "" || damaged) return;
    const saved = report.tornTails.find((tail) => tail.file.endsWith(file));
    const bytes = saved && disk.peek(saved.savedAs);
    if (!bytes || latin1(bytes) !== before[i]!.torn) {
      found.push(`the torn tail of ${file} was not put aside`);
    }
  });
  return found;
}

/** An assertion that judges it, and the file of its request. */
const OF_LOST_STEPS = new Set<VerificationCode>([
  "STEP_UNKNOWN",
  "UNKNOWN_ENTRY",
]);

/**
 * What must not be found in a recovered run. Artifact files are not synced at
 * every level, and may be gone or empty; at `"os"`, a power loss may take a step
 * and leave what goes with it.
 */
async function verify(
  library: Library,
  disk: SimDisk,
  durability: Durability,
): Promise<string[]> {
  const { problems } = await library.verifyRun(RUN_DIR, { fs: disk });
  return problems
    .filter(({ code, file }) =>
      !code.startsWith("ARTIFACT_") &&
      !(code === "SEAL_BROKEN" && file.endsWith("artifacts")) &&
      !(durability === "os" && OF_LOST_STEPS.has(code))
    )
    .map(({ message }) => `verifyRun() finds: ${message}`);
}

/** A file as whole lines and the rest; each byte a character, to compare. */
interface Split {
  whole: string;
  torn: string;
}

function split(bytes: Uint8Array = new Uint8Array()): Split {
  const text = latin1(bytes);
  const end = text.lastIndexOf("\n") + 1;
  return { whole: text.slice(0, end), torn: text.slice(end) };
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
