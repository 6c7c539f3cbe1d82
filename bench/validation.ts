/** What it costs to check a record before it is encoded. */
import { stepLine } from "../src/record/encode.ts";
import { redactorOf } from "../src/redact/redactor.ts";
import { lineOf, RUN_ID, stepOf } from "./records.ts";
import { RECORDS, ROUNDS } from "./sizes.ts";

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
    ["checkedNs", (n) => stepLine(stepOf(n), RUN_ID).line.length],
    ["searchedNs", (n) => stepLine(stepOf(n), RUN_ID, redactor).line.length],
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
