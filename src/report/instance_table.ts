/**
 * All instances of a run in columns: some tens of bytes for each.
 *
 * @module
 */
import type { InstanceRecord } from "../format/records.ts";
import { VERDICTS } from "./model.ts";
import { Growing, TextColumn, TextIndex } from "./columns.ts";

type Started = Pick<
  InstanceRecord,
  "instance_id" | "scenario_id" | "instance_key" | "started_at"
>;

/** Names of scenarios that are kept one by one; the others together. */
const SCENARIOS_MAX = 1_000;
const OTHER_SCENARIOS = "(other)";

/**
 * The instances of a run. They are added first; then they are sorted, and have
 * places in the order of starting.
 */
export class InstanceTable {
  readonly scenarios: string[] = [];
  /** Index of the scenario of each place. */
  scenario: Uint16Array = new Uint16Array();
  /** Index in {@linkcode VERDICTS}. */
  verdict: Uint8Array = new Uint8Array();
  /** Milliseconds from the start of the run. */
  startMs: Float64Array = new Float64Array();
  durationMs: Float64Array = new Float64Array();
  /** Number of steps. */
  steps: Uint32Array = new Uint32Array();
  /** Number of assertions. */
  assertions: Uint32Array = new Uint32Array();
  /** Index of the cause; -1 for none. */
  cause: Int32Array = new Int32Array();
  /** Which chunk has the records; -1 where none has them. */
  chunk: Int32Array = new Int32Array();
  #added = {
    scenario: new Growing(Uint16Array),
    verdict: new Growing(Uint8Array),
    startMs: new Growing(Float64Array),
    durationMs: new Growing(Float64Array),
  };
  readonly #fromMs: number;
  readonly #ids = new TextColumn();
  readonly #keys = new TextColumn();
  readonly #scenarioIndexes = new Map<string, number>();
  readonly #index: TextIndex = new TextIndex(this.#ids);
  /** Of each row, which is the order of adding: its place. */
  #placeOf = new Uint32Array();
  /** Of each place: its row. */
  #rows = new Uint32Array();

  /** @param from When the run started. */
  constructor(from: string) {
    this.#fromMs = Date.parse(from);
  }

  /** Number of instances. */
  get length(): number {
    return this.#ids.length;
  }

  /** Adds an instance; returns false for one that was added before. */
  add(
    { instance_id, scenario_id, instance_key, started_at }: Started,
    verdict: (typeof VERDICTS)[number],
    durationMs: number,
  ): boolean {
    const bytes = encoded(instance_id);
    if (this.#index.find(bytes, 0, bytes.length) !== -1) return false;
    this.#ids.add(instance_id);
    this.#index.add(bytes, 0, bytes.length);
    this.#keys.add(instance_key);
    const row = this.length - 1;
    const { scenario, verdict: verdicts, startMs, durationMs: durations } =
      this.#added;
    scenario.set(row, this.#scenarioOf(scenario_id));
    verdicts.set(row, VERDICTS.indexOf(verdict));
    startMs.set(row, finite(Date.parse(started_at) - this.#fromMs));
    durations.set(row, finite(durationMs));
    return true;
  }

  #scenarioOf(name: string): number {
    let index = this.#scenarioIndexes.get(name);
    if (index !== undefined) return index;
    if (this.scenarios.length >= SCENARIOS_MAX) {
      index = this.#scenarioIndexes.get(name = OTHER_SCENARIOS);
      if (index !== undefined) return index;
    }
    this.#scenarioIndexes.set(name, index = this.scenarios.length);
    this.scenarios.push(name);
    return index;
  }

  /** Puts the instances in the order of starting, and gives them their places. */
  sort(): void {
    const { length } = this;
    const [scenario, verdict, startMs, durationMs] = [
      this.#added.scenario.array,
      this.#added.verdict.array,
      this.#added.startMs.array,
      this.#added.durationMs.array,
    ];
    this.#rows = Uint32Array.from({ length }, (_, row) => row).sort((a, b) =>
      startMs[a]! - startMs[b]! || (this.#ids.isBefore(a, b) ? -1 : 1)
    );
    const rows = this.#rows;
    this.scenario = new Uint16Array(length).map((_, at) =>
      scenario[rows[at]!]!
    );
    this.verdict = new Uint8Array(length).map((_, at) => verdict[rows[at]!]!);
    this.startMs = new Float64Array(length).map((_, at) => startMs[rows[at]!]!);
    this.durationMs = new Float64Array(length)
      .map((_, at) => durationMs[rows[at]!]!);
    this.steps = new Uint32Array(length);
    this.assertions = new Uint32Array(length);
    this.cause = new Int32Array(length).fill(-1);
    this.chunk = new Int32Array(length).fill(-1);
    this.#placeOf = new Uint32Array(length);
    for (const [place, row] of rows.entries()) this.#placeOf[row] = place;
    // The columns have it all.
    for (const column of Object.values(this.#added)) column.clear();
  }

  /** Place of an instance; -1 for one that is not there. */
  placeOf(instance_id: string): number {
    const bytes = encoded(instance_id);
    return this.placeOfBytes(bytes, 0, bytes.length);
  }

  /** Place of the instance whose id has these bytes. */
  placeOfBytes(bytes: Uint8Array, start: number, end: number): number {
    const row = this.#index.find(bytes, start, end);
    return row === -1 ? -1 : this.#placeOf[row]!;
  }

  /** Id of the instance at a place. */
  idOf(place: number): string {
    return this.#ids.get(this.#rows[place]!)!;
  }

  /** Its key. */
  keyOf(place: number): string | null {
    return this.#keys.get(this.#rows[place]!);
  }
}

/** A run may be damaged: what is not a number is 0. */
function finite(number: number): number {
  return Number.isFinite(number) ? number : 0;
}

const encoder = new TextEncoder();
const scratch = new Uint8Array(1024);

/** A text as UTF-8: valid until the next one. */
function encoded(text: string): Uint8Array {
  if (3 * text.length > scratch.length) return encoder.encode(text);
  return scratch.subarray(0, encoder.encodeInto(text, scratch).written);
}
