/** Runs that are the same byte for byte whenever they are recorded. */
import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createRun, type JsonObject, type RunWriter } from "../../mod.ts";
import { withHandClock } from "./clock.ts";
import { aRun } from "../support/run_builder.ts";

type Fault = "declined" | "short" | "lost";

/** What goes wrong, by the number of the instance. */
const FAULTS: Readonly<Record<number, Fault>> = {
  4: "declined",
  6: "short",
  9: "declined",
  11: "lost",
};

/** `run_20240114_001`: all is well. `run_20240115_001`: four of twelve failed. */
export async function recordRuns(dir: string): Promise<void> {
  await recordNight(dir, "run_20240114_001", {});
  await recordNight(dir, "run_20240115_001", FAULTS);
}

/** Runs that something happened to. */
export async function recordDamagedRuns(dir: string): Promise<void> {
  const crashed = await recordNight(dir, "run_crashed");
  await rm(join(crashed, "summary.json"));
  const { length } = await readFile(join(crashed, "steps.jsonl"));
  await truncate(join(crashed, "steps.jsonl"), length - 100);
  const corrupt = await recordNight(dir, "run_corrupt");
  await edit(
    join(corrupt, "steps.jsonl"),
    '"step_index":1',
    '"step_in\u0000\u0000"x":1',
  );
  const newer = await recordNight(dir, "run_newer");
  await edit(
    join(newer, "manifest.json"),
    '"format_version": 1',
    '"format_version": 2',
  );
  // As another program might record it: no verdict, and wrong sums.
  const miscounted = await recordNight(dir, "run_miscounted", { 11: "lost" });
  await edit(
    join(miscounted, "instances.jsonl"),
    '"passed":false',
    '"passed":null',
  );
  const summaryLost = await recordNight(dir, "run_summary_lost");
  await writeFile(join(summaryLost, "summary.json"), "\0".repeat(100));
  const missing = await recordNight(dir, "run_missing");
  await rm(join(missing, "steps.jsonl"));
}

/** Two halves of a run, recorded by two writers. */
export async function recordShards(dir: string): Promise<void> {
  for (const index of [1, 2]) {
    await withHandClock("2024-01-15T22:00:00.000Z", async (pass) => {
      const run = await createRun({
        dir,
        run_id: "nightly",
        sut_name: "ecommerce",
        scenario_ids: ["checkout", "refund"],
        seed: 42,
        shard: { index, count: 2 },
      });
      for (let number = index; number <= 6; number += 2) {
        const scenario_id = number % 3 === 2 ? "refund" : "checkout";
        await shop(run, scenario_id, number, FAULTS[number], pass);
      }
      await run.finalize();
    });
  }
}

/**
 * `run_retried`: a scenario of each kind of verdict, an instance that never
 * completed, and `run_scenarios`: more scenarios than a screen has lines.
 */
export async function recordRetriedRuns(dir: string): Promise<void> {
  await withHandClock("2024-01-16T22:00:00.000Z", async (pass) => {
    const run = await aRun(dir, { run_id: "run_retried" });
    const record = async (
      scenario_id: string,
      passed: boolean | null,
      retry_of: string | null = null,
    ) => {
      const instance = run.startInstance({ scenario_id, retry_of });
      await instance.step({
        step_name: "pay",
        step_type: "http",
        observation: {
          ok: passed !== false,
          status_code: passed === false ? 503 : 200,
          latency_ms: 12,
        },
      });
      pass(13);
      await instance.complete({ passed });
      return instance.instance_id;
    };
    const first = await record("checkout", false);
    await record("checkout", true, first);
    await record("checkout", true);
    await record("refund", null);
    run.startInstance({ scenario_id: "refund" });
    await run.finalize();
  });
  await withHandClock("2024-01-16T22:00:00.000Z", async (pass) => {
    const run = await aRun(dir, { run_id: "run_scenarios" });
    for (let number = 1; number <= 300; number++) {
      const instance = run.startInstance({
        scenario_id: `case_${String(number).padStart(3, "0")}`,
      });
      pass(1);
      await instance.complete({ passed: number !== 250 });
    }
    await run.finalize();
  });
}

/** `run_evidence`: an instance with evidence of every form, and none to replay. */
export async function recordEvidence(dir: string): Promise<void> {
  await withHandClock("2024-01-17T22:00:00.000Z", async (pass) => {
    const run = await createRun({
      dir,
      run_id: "run_evidence",
      sut_name: "shop",
      nonce: "17af7651916cd43dd8448eb211c80319",
    });
    const first = run.startInstance({ scenario_id: "invoice" });
    await first.complete({ passed: false });
    const instance = run.startInstance({
      scenario_id: "invoice",
      retry_of: first.instance_id,
    });
    await instance.artifact("notes.txt", "a note");
    await instance.artifact("page.png", new Uint8Array(2048));
    await instance.artifact("trace.zip", new Uint8Array(100));
    await instance.step({
      step_name: "download",
      step_type: "http",
      observation: {
        ok: true,
        status_code: 200,
        latency_ms: 3,
        headers: { "content-type": "application/pdf" },
        body: "A".repeat(20_000),
        body_encoding: "base64",
        queue_depth: 7,
      },
    });
    pass(4);
    const receipt = {
      status_code: 200,
      headers: { "content-type": "application/pdf" },
      body: "A".repeat(2000),
      body_encoding: "base64",
    };
    await instance.step({
      step_name: "receipt",
      step_type: "http",
      observation: { ok: true, latency_ms: 2, ...receipt },
      response: receipt,
    });
    pass(4);
    await instance.step({
      step_name: "subscribe",
      step_type: "websocket",
      observation: { ok: true, latency_ms: 2 },
      response: { opcode: 1, events: [{ id: 1 }, { id: 2 }] },
    });
    pass(3);
    const cause = { name: "Error", message: "ECONNRESET", stack: null };
    await instance.step({
      step_name: "pay",
      step_type: "grpc",
      observation: {
        ok: false,
        attempts: [{ errors: ["UNAVAILABLE"] }],
        errors: [{
          name: "TypeError",
          message: "call failed",
          stack: "TypeError: call failed\n    at pay (shop.ts:4:2)",
          cause,
        }],
      },
    });
    const error = new RangeError("no total", { cause: "an empty reply" });
    error.stack = "RangeError: no total\n    at total (cart.ts:9:1)";
    await instance.complete({ error });
    await run.finalize();
  });
}

/** A run of twelve instances. */
async function recordNight(
  dir: string,
  run_id: string,
  faults: Readonly<Record<number, Fault>> = FAULTS,
): Promise<string> {
  const day = run_id === "run_20240114_001" ? "14" : "15";
  return await withHandClock(`2024-01-${day}T22:00:00.000Z`, async (pass) => {
    const run = await createRun({
      dir,
      run_id,
      sut_name: "ecommerce",
      scenario_ids: ["checkout", "refund"],
      seed: 42,
      nonce: `${day}af7651916cd43dd8448eb211c80319`,
      config: { concurrency: 1, baseUrl: "http://shop.test" },
    });
    for (let number = 1; number <= 12; number++) {
      const scenario_id = number % 3 === 2 ? "refund" : "checkout";
      await shop(run, scenario_id, number, faults[number], pass);
    }
    pass(12);
    await run.finalize();
    return run.path;
  });
}

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, "utf8");
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  await writeFile(file, text.replace(from, to));
}

/** What a terminal would obey, and a program take for the end of a line. */
export const HOSTILE =
  "\x1b]0;owned\x07\x1b[2J\x9b31m\x7f\u202egnp.exe\u2028\u{e0041}\r\n\t\u0085x";

/** A run in which every field that takes text has {@linkcode HOSTILE}. */
export async function recordHostileRun(dir: string): Promise<void> {
  const run = await createRun({
    dir,
    run_id: "run_hostile",
    sut_name: HOSTILE,
    scenario_ids: [HOSTILE],
    seed: HOSTILE,
    config: { [HOSTILE]: HOSTILE },
  });
  const one = run.startInstance({
    scenario_id: HOSTILE,
    entry_data: { [HOSTILE]: HOSTILE },
  });
  await one.step({
    step_name: HOSTILE,
    step_type: HOSTILE,
    observation: {
      ok: false,
      status_code: 500,
      latency_ms: 1,
      headers: { [HOSTILE]: HOSTILE },
      body: HOSTILE,
      errors: [HOSTILE],
    },
    request: {
      method: HOSTILE,
      url: HOSTILE,
      headers: { [HOSTILE]: HOSTILE },
      body: HOSTILE,
    },
    response: { status_code: HOSTILE, headers: HOSTILE, body: HOSTILE },
  });
  await one.assertion({
    assertion_name: HOSTILE,
    passed: false,
    expected: HOSTILE,
    actual: HOSTILE,
    message: HOSTILE,
    step_index: 0,
  });
  await one.assertion({ assertion_name: HOSTILE, passed: true });
  await one.complete({ error: HOSTILE });
  await run.finalize();
}

type Pass = (ms: number) => void;

/** One instance: a cart, a payment, an order, and its refund. */
async function shop(
  run: RunWriter,
  scenario_id: string,
  number: number,
  fault: Fault | undefined,
  pass: Pass,
): Promise<void> {
  const amount_cents = 1000 + 35 * number;
  const instance = run.startInstance({
    scenario_id,
    entry_data: { customer_id: `cust_${number}`, amount_cents },
  });
  const take = async (
    step_name: string,
    url: string,
    sent: JsonObject,
    status_code: number | null,
    body: JsonObject | null,
    latency_ms: number,
  ) => {
    pass(latency_ms + 1);
    await instance.step({
      step_name,
      step_type: "http",
      observation: {
        ok: status_code === 201,
        status_code,
        latency_ms,
        ...(body === null ? { errors: ["connection lost"] } : {
          headers: { "content-type": "application/json" },
          body,
          body_encoding: "json",
          errors: [],
        }),
      },
      request: {
        method: "POST",
        url,
        headers: { ...instance.headers() },
        body: sent,
      },
      ...(body === null ? {} : {
        response: {
          status_code,
          headers: { "content-type": "application/json" },
          body,
        },
      }),
    });
  };
  const expect = (
    assertion_name: string,
    step_index: number,
    expected: number,
    actual: number,
  ) =>
    instance.assertion({
      assertion_name,
      step_index,
      passed: expected === actual,
      expected,
      actual,
    });

  const cart_id = `cart_${number}`;
  await take("add_to_cart", "/carts", { sku: "A-1", amount_cents }, 201, {
    cart_id,
    amount_cents,
  }, 4 + number % 5);
  await expect("status", 0, 201, 201);
  if (fault === "lost") {
    await take("pay", "/payments", { cart_id }, null, null, 250);
    await instance.complete({ error: "pay: connection lost on port 40123" });
    return;
  }
  const declined = fault === "declined";
  await take(
    "pay",
    "/payments",
    { cart_id, card: "tok_visa", amount_cents },
    declined ? 502 : 201,
    declined
      ? { error: "upstream timed out", provider: "acme-pay" }
      : { payment_id: `pay_${number}`, status: "captured" },
    declined ? 120 : 22 + number,
  );
  await expect("status", 1, 201, declined ? 502 : 201);
  if (!declined && scenario_id === "checkout") {
    const refunded = fault === "short" ? amount_cents - 181 : amount_cents;
    await take("order", "/orders", { cart_id }, 201, {
      order_id: `order_${number}`,
      total_cents: refunded,
    }, 9);
    await expect("status", 2, 201, 201);
    await expect("total_cents", 2, amount_cents, refunded);
  }
  pass(2);
  await instance.complete();
}
