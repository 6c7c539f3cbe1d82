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
  const { seed, instances, concurrency, dir, run_id, durability } = options;
  const service = await startDemoService(seed, instances);
  try {
    const run = await createRun({
      dir,
      run_id,
      sut_name: "ecommerce",
      scenario_ids: SCENARIOS.map(({ scenario_id }) => scenario_id),
      seed,
      // What the outcome depends on; the port of the service is not part of it.
      config: { instances, concurrency },
      durability,
      expectedInstances: instances,
    });
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

/** `number` counts the instances in the order of their start, as their ids do. */
function runInstance(
  run: RunWriter,
  { baseUrl }: Service,
  number: number,
): Promise<void> {
  const { scenario_id, run: goThrough } = scenarioOf(number);
  const entry_data = entryData(run.manifest.seed, number, scenario_id);
  const instance_key = entry_data.customer_id;
  return run.instance(
    { scenario_id, instance_key, entry_data },
    (instance) => goThrough(new ShopClient(instance, baseUrl), entry_data),
  ).catch((error) => {
    // No answer: recorded, and the demo goes on. Anything else is a mistake.
    if (!(error instanceof TypeError)) throw error;
  });
}
