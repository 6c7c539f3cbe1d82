/**
 * A run whose content follows from its seed, recorded in an order that follows
 * from another one; or the rest of it, where it was interrupted.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type InstanceWriter,
  resumeRun,
  type RunWriter,
  type Shard,
} from "../../mod.ts";
import { shardRunId } from "../../src/format/layout.ts";
import { Random } from "../sim/random.ts";
import { aRun } from "./run_builder.ts";

export interface SeededRun {
  dir: string;
  run_id: string;
  seed: number;
  /** What the order of everything is drawn from. */
  schedule: number;
  /** How many at once: no part of what is recorded. */
  concurrency: number;
  instances: number;
  /** Which part of the run to record. */
  shard?: Shard;
  /** Hears of each instance that ends. */
  onEnd?: (number: number) => void;
  /** Whether to leave the run as it is: interrupted. */
  isStopped?: () => boolean;
}

/** Records the run, or goes on with it. Returns its path. */
export async function recordSeeded(options: SeededRun): Promise<string> {
  const { shard } = options;
  const path = join(options.dir, shardRunId(options.run_id, shard ?? null));
  const run = existsSync(join(path, "manifest.json"))
    ? await resumeRun(path)
    : await aRun(options.dir, {
      run_id: options.run_id,
      scenario_ids: ["checkout", "refund"],
      seed: options.seed,
      config: { instances: options.instances },
      durability: "os",
      ...(shard && { shard, expectedInstances: options.instances }),
    });
  const schedule = new Random(options.schedule);
  const todo = Array.from({ length: options.instances }, (_, i) => i + 1)
    .filter((number) =>
      !shard || number % shard.count === shard.index % shard.count
    )
    .filter((number) => !run.resumed?.completed.has(idOf(number)));
  const started = lastNumber(run);
  const isStopped = options.isStopped ?? (() => false);
  const worker = async () => {
    while (todo.length > 0 && !isStopped()) {
      const number = todo.shift()!;
      const instance = run.startInstance({
        scenario_id: number % 2 ? "checkout" : "refund",
        entry_data: { number },
        ...(number <= started ? { instance_id: idOf(number) } : {}),
      });
      if (instance.instance_id !== idOf(number)) {
        throw new Error(`${instance.instance_id} is not ${idOf(number)}`);
      }
      await act(
        instance,
        new Random(options.seed * 10_000 + number),
        () => turn(schedule),
        isStopped,
      );
      options.onEnd?.(number);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, worker));
  if (isStopped()) await run[Symbol.asyncDispose]();
  else await run.finalize();
  return path;
}

/** Everything that is recorded of an instance; `turn` waits for a while. */
async function act(
  instance: InstanceWriter,
  chance: Random,
  turn: () => Promise<void>,
  isStopped: () => boolean,
): Promise<void> {
  const { traceparent } = instance.headers();
  const steps = 1 + chance.below(5);
  for (let index = 0; index < steps; index++) {
    await turn();
    if (isStopped()) return;
    const status_code = chance.pick([200, 201, 404, 500]);
    const body = {
      id: `cart_${chance.below(1000)}`,
      text: "é🛒".repeat(chance.below(9)),
      items: Array.from({ length: chance.below(4) }, () => chance.next()),
      echo: `you are ${instance.correlation_id}, ${traceparent}`,
    };
    const step = instance.step({
      step_name: chance.pick(["add", "pay", "ship"]),
      step_type: "http",
      observation: {
        ok: status_code < 400,
        status_code,
        latency_ms: performance.now() % 50,
        headers: { traceparent, "x-correlation-id": instance.correlation_id },
        body,
        errors: status_code < 400 ? [] : [{ code: `http_${status_code}` }],
      },
      ...(chance.chance(0.5) ? { request: { method: "GET", url: "/" } } : {}),
    });
    const judged = instance.assertion({
      assertion_name: "status",
      passed: status_code < 500,
      expected: 200,
      actual: status_code,
    });
    if (index === 0 && chance.chance(0.3)) {
      await instance.artifact("note.txt", `at ${Date.now()}`);
    }
    await Promise.all([step, judged]);
  }
  // Some never complete, whatever happens.
  if (chance.chance(0.1)) return;
  await turn();
  if (isStopped()) return;
  await instance.complete({ error: chance.chance(0.2) ? "broke off" : null });
}

async function turn(schedule: Random): Promise<void> {
  for (let turns = schedule.below(4); turns > 0; turns--) {
    await new Promise((go) => setTimeout(go, schedule.below(3)));
  }
}

function idOf(number: number): string {
  return `inst_${String(number).padStart(3, "0")}`;
}

/** The latest instance that left a trace before the run was interrupted. */
function lastNumber({ resumed }: RunWriter): number {
  const ids = [
    ...resumed?.completed ?? [],
    ...(resumed?.instancesInFlight ?? []).map(({ instance_id }) => instance_id),
  ];
  return Math.max(0, ...ids.map((id) => Number(id.slice("inst_".length))));
}
