/** What it costs to check a record before it is encoded. */
import { STEP } from "../src/format/step_record.ts";
import type { StepRecord } from "../mod.ts";
import { encode } from "../src/record/encode.ts";
import { type Redactor, redactorOf } from "../src/redact/redactor.ts";
import { lineOf, RUN_ID, stepOf } from "./records.ts";
import { RECORDS, ROUNDS } from "./sizes.ts";

/** A step's line, made as a run makes that of a caller's record. */
function encodeStep(step: StepRecord, redactor?: Redactor): string {
  return encode(STEP, step, "caller", RUN_ID, redactor).line;
}

/** Nanoseconds a record, one sample a round. */
export interface Validation {
  madeNs: number[];
  encodedNs: number[];
  checkedNs: number[];
  /** Looked into for secrets too, as a run does unless it is told not to. */
  searchedNs: number[];
}

export function validation(): Promise<Validation> {
  const samples: Validation = {
    madeNs: [],
    encodedNs: [],
    checkedNs: [],
    searchedNs: [],
  };
  const redactor = redactorOf(undefined);
  const ways: [keyof Validation, (n: number) => number][] = [
    ["madeNs", (n) => stepOf(n).step_index],
    ["encodedNs", (n) => lineOf(stepOf(n)).length],
    ["checkedNs", (n) => encodeStep(stepOf(n)).length],
    ["searchedNs", (n) => encodeStep(stepOf(n), redactor).length],
  ];
  let total = 0;
  // Two more rounds than elsewhere: all of them are hot loops.
  for (let round = -2; round <= ROUNDS; round++) {
    for (const [name, way] of ways) {
      const startMs = performance.now();
      for (let n = 0; n < RECORDS; n++) total += way(n);
      const elapsedMs = performance.now() - startMs;
      if (round > 0) samples[name].push(1e6 * elapsedMs / RECORDS);
    }
  }
  if (total === 0) throw new Error("Nothing was encoded");
  return Promise.resolve(samples);
}
