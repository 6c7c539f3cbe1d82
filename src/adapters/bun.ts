/**
 * File system adapter for Bun.
 *
 * It is the one of Node: Bun implements `node:fs` natively, and its own `FileSink`
 * neither appends nor syncs.
 *
 * @example
 * ```ts
 * import { createRun } from "@windtunnel/artifacts";
 * import { fileSystem } from "@windtunnel/artifacts/bun";
 *
 * const run = await createRun({ sut_name: "ecommerce", fs: fileSystem });
 * await run.finalize();
 * ```
 *
 * @module
 */
import { runInNewContext } from "node:vm";
import { clock } from "../time/clock.ts";

export { fileSystem } from "./node.ts";

/**
 * `setSystemTime()` and the fake timers of `bun test` change `Date` and
 * `performance` as such, also for who holds them already. The `Date` of another
 * realm stays real.
 */
const { now }: DateConstructor = runInNewContext("Date");
const { monotonicMs } = clock;
const startedMs = now() - monotonicMs();

clock.nowMs = now;
// `performance` stands still as long as the fakes are there.
clock.monotonicMs = () =>
  "clock" in setTimeout ? now() - startedMs : monotonicMs();
