/**
 * What must be true of a run after a crash, as the production reader sees it.
 * Each finding is a sentence; none means that all is well.
 */
import { isDeepStrictEqual } from "node:util";
import type { RunReader, StartRecord } from "../../mod.ts";
import type { Entry, Ledger, RecordKind } from "./ledger.ts";
import {
  type CrashKind,
  KINDS,
  type Line,
  type Lines,
  openAfterCrash,
  readAll,
  readStarts,
} from "./read_back.ts";
import { RUN_DIR } from "./scene.ts";
import type { SimDisk } from "./sim_disk.ts";
import type { Outcome } from "./simulate.ts";

const KEY_FIELDS: Record<RecordKind, string> = {
  step: "step_name",
  assertion: "assertion_name",
  instance: "instance_id",
};
/** Looks at the disk after a crash, and says what is wrong with it. */
export async function checkAfterCrash(
  outcome: Outcome,
  disk: SimDisk,
  kind: CrashKind,
  /** A recovery died here, and may have left its lock, which holds nobody up. */
  recoveryDied = false,
): Promise<string[]> {
  const { library } = outcome.setup;
  const found: string[] = [];
  const run = await openAfterCrash(library, disk, outcome.ledger, found);
  if (!run) return found;
  const lines = await readAll(run, outcome, disk, kind, found);
  const starts = await readStarts(run, outcome, kind, found);
  const check = new Check(outcome, disk, kind, run, lines, found);
  check.all(recoveryDied);
  if (starts) check.starts(starts);
  return found;
}

/** One look at one run. */
class Check {
  readonly #ledger: Ledger;
  readonly #level: string;
  readonly #faulty: boolean;
  readonly #disk: SimDisk;
  readonly #kind: CrashKind;
  readonly #run: RunReader;
  readonly #lines: Lines;
  readonly #found: string[];
  /** The entries that are there, by kind and key, with their lines. */
  readonly #there = new Map<Entry, Line>();

  constructor(
    outcome: Outcome,
    disk: SimDisk,
    kind: CrashKind,
    run: RunReader,
    lines: Lines,
    found: string[],
  ) {
    this.#ledger = outcome.ledger;
    this.#level = outcome.setup.durability;
    this.#faulty = outcome.setup.faultAt !== undefined;
    this.#disk = disk;
    this.#kind = kind;
    this.#run = run;
    this.#lines = lines;
    this.#found = found;
  }

  all(recoveryDied: boolean): void {
    this.#manifestAndSummary();
    for (const kind of KINDS) this.#match(kind);
    this.#acknowledged();
    this.#commitRecords();
    for (const kind of KINDS) this.#order(kind);
    this.#files();
    this.#finalized(recoveryDied);
  }

  /**
   * Of an instance that did not complete it is known with what it was started, if
   * anything of it is there, or a commit record that came after it.
   */
  starts(starts: Map<string, StartRecord>): void {
    const completed = new Set(
      this.#lines.instance.map((line) => line.instance_id),
    );
    const withLines = new Set(
      [...this.#lines.step, ...this.#lines.assertion].map((line) =>
        line.instance_id
      ),
    );
    const commits = [...this.#there.keys()].filter(({ kind }) =>
      kind === "instance"
    );
    const isKept = this.#kind === "process" || this.#level === "record";
    const isCommitted = this.#kind === "process" || this.#level !== "os";
    for (const { call, instance_id, ...given } of this.#ledger.starts) {
      if (completed.has(instance_id)) continue;
      const start = starts.get(instance_id);
      if (start) {
        const { scenario_id, entry_data } = start;
        if (!isDeepStrictEqual({ scenario_id, entry_data }, given)) {
          this.#found.push(`"${instance_id}" was started with something else`);
        }
        continue;
      }
      const isDue = isKept && withLines.has(instance_id) ||
        isCommitted && commits.some((commit) => commit.call > call);
      if (isDue) this.#found.push(`the start of "${instance_id}" is lost`);
    }
  }

  /** There whole, which the reader has checked, and as they were told. */
  #manifestAndSummary(): void {
    const { created, finalized } = this.#ledger;
    if (
      created.value && !isDeepStrictEqual(this.#run.manifest, created.value)
    ) {
      this.#found.push("the manifest is another one");
    }
    if (finalized.state !== "acknowledged") return;
    if (!this.#run.summary) {
      this.#found.push("finalize had resolved, and there is no summary");
    } else if (!isDeepStrictEqual(this.#run.summary, finalized.value)) {
      this.#found.push("the summary is another one");
    }
  }

  /** Every line is a record that was appended, once, and unchanged. */
  #match(kind: RecordKind): void {
    const entries = new Map<unknown, Entry>();
    for (const entry of this.#ledger.entries) {
      if (entry.kind === kind) entries.set(entry.key, entry);
    }
    for (const line of this.#lines[kind]) {
      const key = line[KEY_FIELDS[kind]];
      const entry = entries.get(key);
      if (!entry) {
        this.#found.push(`${kind} "${key}" was never appended`);
        continue;
      }
      if (this.#there.has(entry)) {
        this.#found.push(`${kind} "${key}" is there twice`);
      }
      this.#there.set(entry, line);
      for (const [field, value] of Object.entries(entry.expected)) {
        // A step that failed leaves its place, and its file names, to the next.
        const moves = field === "step_index" || field === "artifacts";
        if (this.#faulty && moves) continue;
        if (isDeepStrictEqual(line[field], value)) continue;
        this.#found.push(`${kind} "${key}" has another ${field}`);
      }
    }
  }

  /** What was acknowledged is there, where its level survives such a crash. */
  #acknowledged(): void {
    for (const entry of this.#ledger.entries) {
      if (entry.kind === "artifact" || this.#there.has(entry)) continue;
      if (!this.#survives(entry)) continue;
      this.#found.push(
        `${entry.kind} "${entry.key}" was acknowledged and is lost`,
      );
    }
  }

  #survives(entry: Entry): boolean {
    if (entry.state === "rejected") return false;
    const { finalized, streamClosed } = this.#ledger;
    if (finalized.state === "acknowledged" || this.#isCompleted()) return true;
    if (entry.streamed) return streamClosed.state === "acknowledged";
    if (entry.state !== "acknowledged") return false;
    if (this.#kind === "process" || this.#level === "record") return true;
    return this.#level === "instance" && entry.kind === "instance";
  }

  /** An instance line has everything before it that was appended before it. */
  #commitRecords(): void {
    if (this.#kind === "power" && this.#level === "os") return;
    for (const [instance] of this.#there) {
      if (instance.kind !== "instance") continue;
      for (const entry of this.#ledger.entries) {
        if (entry.kind !== "step" && entry.kind !== "assertion") continue;
        if (entry.call > instance.call || this.#there.has(entry)) continue;
        const own = entry.instance_id === instance.instance_id;
        if (!own && !entry.direct) continue; // It may have been appended later.
        if (entry.state === "rejected" && !this.#wasAppended(entry)) continue;
        this.#found.push(
          `instance "${instance.key}" is there, and ${entry.kind} "${entry.key}" before it is not`,
        );
      }
    }
  }

  /** By its writer: recovery writes a summary too, as interrupted. */
  #isCompleted(): boolean {
    return this.#run.summary?.status === "completed";
  }

  /** A step whose artifact could not be written is rejected for itself. */
  #wasAppended({ error }: Entry): boolean {
    return error === this.#ledger.lastError;
  }

  /** Lines stand in the order of their appends, as far as that is known. */
  #order(kind: RecordKind): void {
    const found = [...this.#there.keys()].filter((entry) =>
      entry.kind === kind
    );
    const last = new Map<string, Entry>();
    for (const entry of found) {
      for (const group of [entry.direct && "all", entry.instance_id]) {
        if (!group) continue;
        const before = last.get(group);
        if (before && before.call > entry.call) {
          this.#found.push(
            `${kind} "${entry.key}" stands after "${before.key}"`,
          );
        }
        last.set(group, entry);
      }
    }
  }

  /** The files of each step that is there, and each acknowledged artifact. */
  #files(): void {
    if (this.#kind === "power" && this.#level !== "record") return;
    for (const entry of this.#ledger.entries) {
      const line = this.#there.get(entry);
      const acknowledged = entry.kind === "artifact" &&
        entry.state === "acknowledged";
      if (!line && !acknowledged) continue;
      entry.files.forEach(({ path, content }, i) => {
        const bytes = this.#disk.peek(
          `${RUN_DIR}/${line?.artifacts?.[i] ?? path}`,
        );
        if (!bytes) this.#found.push(`"${path}" is lost`);
        else if (new TextDecoder().decode(bytes) !== content) {
          this.#found.push(`"${path}" has another content`);
        }
      });
    }
  }

  /** A finalized run has no damage and nothing left over. */
  #finalized(recoveryDied: boolean): void {
    if (!this.#isCompleted()) return;
    for (const { file } of this.#run.tornTails) {
      this.#found.push(`finalized, and "${file}" has a torn tail`);
    }
    if (this.#ledger.finalized.state !== "acknowledged") return;
    const names = this.#disk.namesIn(RUN_DIR).filter((name) =>
      !((recoveryDied || this.#faulty) && /^writer-[0-9a-f]+\.lock$/.test(name))
    ).join(" ");
    const whole =
      "artifacts assertions.jsonl instances.jsonl manifest.json steps.jsonl summary.json";
    if (names !== whole) {
      this.#found.push(`finalized, and the run holds ${names}`);
    }
  }
}
