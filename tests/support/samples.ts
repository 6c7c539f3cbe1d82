/** Good records to start from. */
import type {
  AssertionRecord,
  InstanceRecord,
  StartRecord,
  StepRecord,
} from "../../mod.ts";

const ids = {
  instance_id: "inst_001",
  run_id: "run_1",
  correlation_id: "0af7651916cd43dd8448eb211c80319c",
};

export const instance: InstanceRecord = {
  ...ids,
  scenario_id: "checkout",
  instance_key: null,
  retry_of: null,
  started_at: "2024-01-15T10:30:00.000Z",
  completed_at: "2024-01-15T10:30:01.500Z",
  duration_ms: 1500.25,
  passed: true,
  entry_data: { user: 7 },
  error: null,
};

export const step: StepRecord = {
  ...ids,
  step_index: 0,
  step_name: "add_to_cart",
  step_type: "http",
  span_id: "00f067aa0ba902b7",
  timestamp: "2024-01-15T10:30:00.500Z",
  observation: {
    ok: true,
    status_code: 201,
    latency_ms: 12.5,
    headers: { "content-type": "application/json" },
    body: { cart: "c_1", items: [1, "zwei", null, { three: 3 }] },
    errors: [],
    retries: 2,
  },
  artifacts: [],
};

export const assertion: AssertionRecord = {
  ...ids,
  step_index: null,
  assertion_name: "status_ok",
  passed: false,
  expected: 201,
  actual: { status: 500 },
  message: "",
  timestamp: "2024-01-15T10:30:00.600Z",
};

export const start: StartRecord = {
  ...ids,
  scenario_id: "checkout",
  instance_key: "user-7",
  retry_of: null,
  started_at: "2024-01-15T10:30:00.000Z",
  entry_data: { user: 7 },
};
