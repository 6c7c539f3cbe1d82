/** What it costs to check a record before it is encoded. */
import { stepLine } from "../src/record/encode.ts";
import { redactorOf } from "../src/redact/redactor.ts";
import { lineOf, RUN_ID, stepOf } from "./records.ts";
import { RECORDS, ROUNDS } from "./sizes.ts";

/** Nanoseconds a record, one sample a round. */
export interface Validation {
  made_ns: number[];
  encoded_ns: number[];
  checked_ns: number[];
  /** Looked into for secrets too, as a run does unless it is told not to. */
  searched_ns: number[];
}

export function validation(): Promise<Validation> {
  const samples: Validation = {
    made_ns: [],
    encoded_ns: [],
    checked_ns: [],
    searched_ns: [],
  };
  const redactor = redactorOf(undefined);
  const ways: [keyof Validation, (n: number) => number][] = [
    ["made_ns", (n) => stepOf(n).step_index],
    ["encoded_ns", (n) => lineOf(stepOf(n)).length],
    ["checked_ns", (n) => stepLine(stepOf(n), RUN_ID).line.length],
    ["searched_ns", (n) => stepLine(stepOf(n), RUN_ID, redactor).line.length],
  ];
  let total = 0;
  // Two more rounds than elsewhere: all of them are hot loops.
  for (let round = -2; round <= ROUNDS; round++) {
    for (const [name, way] of ways) {
      const start_ms = performance.now();
      for (let n = 0; n < RECORDS; n++) total += way(n);
      const elapsed_ms = performance.now() - start_ms;
      if (round > 0) samples[name].push(1e6 * elapsed_ms / RECORDS);
    }
  }
  if (total === 0) throw new Error("Nothing was encoded");
  return Promise.resolve(samples);
}
