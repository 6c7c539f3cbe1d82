/**
 * The demo as a function: a service, a run against it, a recording.
 *
 * @module
 */
import {
  createRun,
  type Durability,
  type RunWriter,
  type Seed,
  type Summary,
} from "../../mod.ts";
import { ShopClient } from "./shop_client.ts";
import { customerId, entryData } from "./customers.ts";
import { planFaults } from "./faults.ts";
import { scenarioOf, SCENARIOS } from "./scenarios.ts";
import { type LogEntry, type Service, startService } from "./service.ts";
import { runPool } from "./worker_pool.ts";

/** How {@linkcode runDemo} runs. */
export interface DemoOptions {
  seed: Seed;
  /** How many instances. */
  instances: number;
  /** How many of them at once. */
  concurrency: number;
  /** Directory of the runs. */
  dir: string;
  /** Default: the next free one. */
  run_id?: string;
  durability?: Durability;
  /** Which part of the instances it records, if not all. */
  shard?: { index: number; count: number };
  /** Hears of the run when it is ready to record. */
  onStart?: (run: RunWriter) => void;
}

/** What {@linkcode runDemo} leaves behind. */
export interface DemoResult {
  /** The run directory. */
  path: string;
  summary: Summary;
  /** The service's own log, which is not part of the recording. */
  serviceLog: LogEntry[];
}

/** Runs the scenarios against a new service, and records all of it. */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { seed, instances, concurrency } = options;
  const service = await startDemoService(seed, instances);
  try {
    const run = await createDemoRun(options);
    try {
      options.onStart?.(run);
      await runPool(
        instances,
        concurrency,
        (number) => runInstance(run, service, number),
      );
      const summary = await run.finalize();
      return { path: run.path, summary, serviceLog: service.searchLog() };
    } finally {
      // After a failure this finalizes the run as interrupted. `await using`
      // says the same, where the runtime knows it; Node 22 does not.
      await run[Symbol.asyncDispose]();
    }
  } finally {
    await service.close();
  }
}

/** Creates a run of the demo. */
export function createDemoRun(
  { seed, instances, concurrency, dir, run_id, durability, shard }: DemoOptions,
): Promise<RunWriter> {
  return createRun({
    dir,
    run_id,
    sut_name: "ecommerce",
    scenario_ids: SCENARIOS.map(({ scenario_id }) => scenario_id),
    seed,
    // What the outcome depends on; the port of the service is not part of it.
    config: { instances, concurrency },
    durability,
    expectedInstances: instances,
    ...(shard && { shard }),
  });
}

/** The service as a run with this seed and so many instances finds it. */
export function startDemoService(
  seed: Seed,
  instances: number,
): Promise<Service> {
  const customers = Array.from({ length: instances }, (_, i) => ({
    customer_id: customerId(i + 1),
    scenario_id: scenarioOf(i + 1).scenario_id,
  }));
  return startService(seed, planFaults(seed, customers));
}

/**
 * Runs one instance.
 *
 * @param number Counts the instances in the order of their start, as their ids do.
 * @param instance_id Its id, where the run was resumed. Default: the next one.
 */
export function runInstance(
  run: RunWriter,
  { baseUrl }: Service,
  number: number,
  instance_id?: string,
): Promise<void> {
  const { scenario_id, run: goThrough } = scenarioOf(number);
  const entry_data = entryData(run.manifest.seed, number, scenario_id);
  const instance_key = entry_data.customer_id;
  return run.instance(
    {
      scenario_id,
      instance_key,
      entry_data,
      ...(instance_id !== undefined && { instance_id }),
    },
    (instance) => goThrough(new ShopClient(instance, baseUrl), entry_data),
  ).catch((error) => {
    // No answer: recorded, and the demo goes on. Anything else is a mistake.
    if (!(error instanceof TypeError)) throw error;
  });
}
