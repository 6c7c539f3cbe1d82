/**
 * Collects the verdicts of instances that failed, run by run.
 *
 * @module
 */
import { type InstanceRecord, isFailed } from "../format/instance_record.ts";
import type { RunReader } from "../read/mod.ts";

/** Keys whose verdicts are kept. */
const KEYS_MAX = 10_000;
/** An instance whose verdict changed at least this often is flaky. */
const FLAKY_CHANGES_MIN = 3;

/**
 * How an instance ended in a run; `"flaky"`: it passed after an attempt that had
 * failed; `"absent"`: the run has no line of it.
 */
export type KeyVerdict = "passed" | "failed" | "flaky" | "skipped" | "absent";

/** What became of an instance that failed, over several runs. */
export interface KeyHistory {
  /** Its scenario. */
  scenario_id: string;
  /** Its key; null where it has none. */
  instance_key: string | null;
  /** Its id in the last run that has it. */
  instance_id: string;
  /** Its verdict in each run of the history. */
  verdicts: KeyVerdict[];
  /**
   * `"failing"`: it failed in the last run that has a verdict of it. `"flaky"`:
   * that one passed, and one of the runs was flaky, or the verdict changed three
   * times or more. `"fixed"`: it passes again.
   */
  status: "failing" | "flaky" | "fixed";
  /**
   * Index of the first run since which it has failed in each run that has a verdict
   * of it; null where it does not fail now.
   */
  failsSince: number | null;
  /**
   * Index of the last run that passed before it began to fail, or of the last run
   * that passed where it does not fail now; null where none did.
   */
  lastPassed: number | null;
}

/** Whose verdicts are kept. */
interface Key {
  scenario_id: string;
  instance_key: string | null;
  instance_id: string;
  verdicts: KeyVerdict[];
}

/** An attempt of an instance in one run. */
interface Attempt {
  instance_id: string;
  verdict: "passed" | "failed" | "skipped";
}

/** Collects the verdicts of the instances that failed in any run. */
export class KeyHistories {
  readonly #keys = new Map<string, Key>();
  #isCut = false;

  /** Whether more keys failed than are kept. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Returns the keys of the instances of a run that failed, in any attempt. */
  async failuresOf(run: RunReader): Promise<Map<string, Key>> {
    const failed: InstanceRecord[] = [];
    const retryOf = new Map<string, string>();
    for await (const records of run.blocks("instances")) {
      for (const record of records) {
        const { instance_id, retry_of } = record;
        if (retry_of !== null) retryOf.set(instance_id, retry_of);
        if (!isFailed(record)) continue;
        if (failed.length < KEYS_MAX) failed.push(record);
        else this.#isCut = true;
      }
    }
    return new Map(failed.map((record) => {
      const instance_id = rootOf(record.instance_id, retryOf);
      const { scenario_id, instance_key } = record;
      const key = { scenario_id, instance_key, instance_id, verdicts: [] };
      return [nameOf(record, instance_id), key];
    }));
  }

  /** Keeps the verdicts of these from now on. */
  want(keys: ReadonlyMap<string, Key>): void {
    for (const [name, key] of keys) {
      if (this.#keys.has(name)) continue;
      if (this.#keys.size >= KEYS_MAX) this.#isCut = true;
      else this.#keys.set(name, key);
    }
  }

  /** Reads the verdicts of one of the runs. */
  async note(run: RunReader, index: number): Promise<void> {
    const attempts = new Map<string, Attempt[]>();
    const retryOf = new Map<string, string>();
    const retried = new Set<string>();
    const unkeyed: InstanceRecord[] = [];
    const add = (name: string, record: InstanceRecord) => {
      if (!this.#keys.has(name)) return;
      const { instance_id } = record;
      const attempt = { instance_id, verdict: verdictOf(record) };
      const others = attempts.get(name);
      if (others) others.push(attempt);
      else attempts.set(name, [attempt]);
    };
    for await (const records of run.blocks("instances")) {
      for (const record of records) {
        const { instance_id, retry_of, instance_key } = record;
        if (retry_of !== null) {
          retryOf.set(instance_id, retry_of);
          retried.add(retry_of);
        }
        // The first attempt at it may come later.
        if (retry_of !== null && instance_key === null) unkeyed.push(record);
        else add(nameOf(record, instance_id), record);
      }
    }
    for (const record of unkeyed) {
      add(nameOf(record, rootOf(record.instance_id, retryOf)), record);
    }
    for (const [name, key] of this.#keys) {
      const of = attempts.get(name);
      key.verdicts[index] = of ? lastVerdict(of, retried) : "absent";
      if (of) key.instance_id = of.at(-1)!.instance_id;
    }
  }

  /** Returns what was collected, as a history lists it. */
  list(): KeyHistory[] {
    const order = ["failing", "flaky", "fixed"];
    return [...this.#keys.values()].map(historyOf).sort((a, b) =>
      order.indexOf(a.status) - order.indexOf(b.status) ||
      (b.failsSince ?? 0) - (a.failsSince ?? 0) ||
      (nameOf(a, a.instance_id) < nameOf(b, b.instance_id) ? -1 : 1)
    );
  }
}

function historyOf(key: Key): KeyHistory {
  const { verdicts } = key;
  let failsSince: number | null = null;
  let lastPassed: number | null = null;
  let changes = 0;
  let last: boolean | null = null;
  for (const [index, verdict] of verdicts.entries()) {
    if (verdict === "absent" || verdict === "skipped") continue;
    const passed = verdict !== "failed";
    if (last !== null && last !== passed) changes++;
    last = passed;
    if (passed) {
      lastPassed = index;
      failsSince = null;
    } else failsSince ??= index;
  }
  const isFlaky = verdicts.includes("flaky") || changes >= FLAKY_CHANGES_MIN;
  const status = failsSince !== null ? "failing" : isFlaky ? "flaky" : "fixed";
  return { ...key, status, failsSince, lastPassed };
}

/** The name by which instances of several runs are paired, as in `compareRuns`. */
function nameOf(
  { scenario_id, instance_key }: Pick<
    InstanceRecord,
    "scenario_id" | "instance_key"
  >,
  instance_id: string,
): string {
  return instance_key === null
    ? JSON.stringify([scenario_id, null, instance_id])
    : JSON.stringify([scenario_id, instance_key]);
}

/** The first attempt at an instance. */
function rootOf(
  instance_id: string,
  retryOf: ReadonlyMap<string, string>,
): string {
  const seen = new Set<string>();
  let root = instance_id;
  // Another writer's lines may name each other.
  for (let next; (next = retryOf.get(root)) && !seen.has(next); root = next) {
    seen.add(next);
  }
  return root;
}

function verdictOf(record: InstanceRecord): Attempt["verdict"] {
  if (isFailed(record)) return "failed";
  return record.passed === null ? "skipped" : "passed";
}

/** Of several instances with one key, one that failed counts. */
function lastVerdict(
  attempts: readonly Attempt[],
  retried: ReadonlySet<string>,
): KeyVerdict {
  const last = attempts.filter(({ instance_id }) => !retried.has(instance_id));
  if (last.some(({ verdict }) => verdict === "failed")) return "failed";
  const passed = last.some(({ verdict }) => verdict === "passed");
  if (!passed) return "skipped";
  return attempts.some(({ verdict }) => verdict === "failed")
    ? "flaky"
    : "passed";
}
