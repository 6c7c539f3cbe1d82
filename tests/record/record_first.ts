/** Writes records after some of the kind that is named: see fresh_walk_test.ts. */
import process from "node:process";
import type { StepRecord } from "../../mod.ts";
import { STEP } from "../../src/format/step_record.ts";
import { RecordBytes } from "../../src/record/record_bytes.ts";
import { step } from "../support/samples.ts";

const FIRST_RECORDS = 3000;
const RECORDS = 60_000;

/** Observations that V8 reads the slow way. */
const FIRSTS: Record<string, () => StepRecord["observation"]> = {
  "one-key"() {
    const observation: StepRecord["observation"] = { gone: 1, ok: true };
    delete observation.gone;
    return observation;
  },
  getter: () => ({
    get ok() {
      return true;
    },
  }),
  numbered: () => ({ 1: 1 }),
};

const writer = new RecordBytes(STEP, "run_1", undefined);
const write = (observation: StepRecord["observation"]) =>
  writer.encode({ ...step, observation }, "caller", () => {}) !== undefined;

const first = FIRSTS[process.argv[2]!];
for (let n = 0; first && n < FIRST_RECORDS; n++) write(first());
let written = 0;
for (let n = 0; n < RECORDS; n++) {
  const headers = { "content-type": "text/plain", [`x-${n % 7}`]: `${n}` };
  const body = { cart: `${n}`, items: [{ sku: "A-1", qty: n }] };
  const text = JSON.stringify({ ok: true, latency_ms: n / 10, headers, body });
  if (write(JSON.parse(text))) written++;
}
console.log(`written ${written}`);
