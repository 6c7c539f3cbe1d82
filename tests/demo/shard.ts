/**
 * One worker of the demo: a process that records its share of the instances.
 * `shard.ts <index> <count> <options as JSON>` prints a line for each instance,
 * and goes on with its run where it was interrupted.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { resumeRun } from "../../mod.ts";
import {
  createDemoRun,
  type DemoOptions,
  runInstance,
  startDemoService,
} from "./demo.ts";
import { shardRunId } from "./workers.ts";
import { runPool } from "./worker_pool.ts";

const [index, count] = process.argv.slice(2, 4).map(Number) as [number, number];
const options: DemoOptions & { run_id: string } = JSON.parse(process.argv[4]!);

const path = join(options.dir, shardRunId(options.run_id, index, count));
const run = existsSync(path)
  ? await resumeRun(path)
  : await createDemoRun({ ...options, shard: { index, count } });
const service = await startDemoService(options.seed, options.instances);
try {
  // Instances are numbered as one process would number them.
  const numbers = Array.from(
    { length: Math.ceil((options.instances - index + 1) / count) },
    (_, i) => i * count + index,
  );
  const left = run.resumed
    ? numbers.filter((number) => !run.resumed!.completed.has(idOf(number)))
    : numbers;
  await runPool(left.length, options.concurrency, async (place) => {
    const number = left[place - 1]!;
    await runInstance(
      run,
      service,
      number,
      run.resumed ? idOf(number) : undefined,
    );
    process.stdout.write(`${idOf(number)}\n`);
  });
  await run.finalize();
} finally {
  await run[Symbol.asyncDispose]();
  await service.close();
}

function idOf(number: number): string {
  const width = Math.max(3, String(options.instances).length);
  return `inst_${String(number).padStart(width, "0")}`;
}
