/** The records of all benches: steps of 450 bytes, of 256 instances. */
import type { StepRecord } from "../mod.ts";

/** Id of the run that they belong to. */
export const RUN_ID = "run_1";

/** How many instances take steps in turn. */
export const INSTANCES = 256;

const FIRST_ID = 0x1af7651916cd43dd8448eb211c800001n;

const IDS = Array.from({ length: INSTANCES }, (_, i) => ({
  instance_id: `inst_${String(i + 1).padStart(3, "0")}`,
  // From a number: V8 is slow to encode text that was put together of others,
  // until its garbage collector has had a chance to make it one.
  correlation_id: (FIRST_ID + BigInt(i)).toString(16),
}));

/** The `n`th step: a new object each time, as a runner makes it. */
export function stepOf(n: number, observed = observationOf): StepRecord {
  const { instance_id, correlation_id } = IDS[n % INSTANCES]!;
  return {
    instance_id,
    run_id: RUN_ID,
    correlation_id,
    step_index: Math.floor(n / INSTANCES),
    step_name: "add_to_cart",
    step_type: "http",
    span_id: "00f067aa0ba902b7",
    timestamp: "2024-01-15T10:30:00.000Z",
    observation: observed(n),
    artifacts: [],
  };
}

/** What the `n`th step saw. */
export function observationOf(n: number): StepRecord["observation"] {
  return {
    ok: true,
    status_code: 201,
    latency_ms: 5 + n % 1000 / 10,
    headers: {
      "content-type": "application/json",
      "x-request-id": "r_0123456789",
    },
    body: {
      cart: "cart_1",
      items: [{ sku: "A-1", qty: 1 }],
      total: 12.5,
      deliverTo: "12 Station Road",
    },
  };
}

/** The line of a record, as every contender has to make it. */
export function lineOf(record: StepRecord): string {
  return JSON.stringify(record) + "\n";
}
