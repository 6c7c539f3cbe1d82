/** The demo's parts: its command line, its draws, its pool. */
import assert from "node:assert/strict";
import test from "node:test";
import { customerId } from "./customers.ts";
import { planFaults } from "./faults.ts";
import { parseOptions, UsageError } from "./options.ts";
import { scenarioOf } from "./scenarios.ts";
import { runPool } from "./worker_pool.ts";

test("parseOptions() returns the defaults when there are no arguments", () => {
  assert.deepEqual(parseOptions([]), {
    seed: 42,
    instances: 100,
    concurrency: 10,
    dir: "runs",
    run_id: undefined,
    durability: "instance",
    workers: 1,
    replay: false,
  });
});

test("parseOptions() takes a number or a text when given a seed", () => {
  const seedOf = (text: string) => {
    const options = parseOptions([`--seed=${text}`]);
    return options === "help" ? options : options.seed;
  };
  assert.equal(seedOf("-7"), -7);
  assert.equal(seedOf("1.5"), "1.5");
  assert.equal(seedOf("99999999999999999999"), "99999999999999999999");
});

test("parseOptions() refuses an argument when it makes no sense", () => {
  const wrong = [
    ["--fast"],
    ["x"],
    ["--seed="],
    ["--dir="],
    ["--run-id="],
    ["--instances"],
    ["--instances=0"],
    ["--instances=1e3"],
    ["--concurrency=-1"],
    ["--durability=maybe"],
  ];
  for (const args of wrong) {
    assert.throws(() => parseOptions(args), UsageError, args.join(" "));
  }
});

test("planFaults() picks 5 of 100, each in another way, when given any seed", () => {
  const customers = Array.from({ length: 100 }, (_, i) => ({
    customer_id: customerId(i + 1),
    scenario_id: scenarioOf(i + 1).scenario_id,
  }));
  for (let seed = 0; seed < 200; seed++) {
    const plan = planFaults(seed, customers);
    assert.equal(plan.size, 5, `seed ${seed}`);
    assert.equal(new Set(plan.values()).size, 5, `seed ${seed}`);
    for (const [id, fault] of plan) {
      if (fault !== "short_refund") continue;
      const customer = customers.find(({ customer_id }) => customer_id === id);
      assert.equal(customer?.scenario_id, "refund", `seed ${seed}`);
    }
  }
});

test("runPool() begins in order and ends what is under way when one fails", async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const gate = Promise.withResolvers<void>();
  const pool = runPool(100, 3, async (number) => {
    begun.push(number);
    if (number === 2) {
      setTimeout(gate.resolve, 0);
      throw new Error("on purpose");
    }
    await gate.promise;
    ended.push(number);
  });
  await assert.rejects(pool, /on purpose/);
  assert.deepEqual(begun, [1, 2, 3]);
  assert.deepEqual(ended, [1, 3]);
});
