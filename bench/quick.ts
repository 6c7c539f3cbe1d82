/**
 * The goals of the hot path, each against sonic-boom in paired slices: a table in
 * three minutes a runtime.
 */
import process from "node:process";
import { withTempDir } from "../tests/support/temp_dir.ts";
import type { Contender } from "./contender.ts";
import { DATA, type DataName } from "./data.ts";
import { readyLine } from "./files.ts";
import { appendStep, callbackStep, instanceStep } from "./ours.ts";
import { type Arrivals, produce } from "./producers.ts";
import type { Runtime } from "./runtimes.ts";
import { QUICK_MS, ROUNDS } from "./sizes.ts";
import { sonicBoomSync } from "./sonic_boom.ts";
import { quantile } from "./stats.ts";

/** What is aimed at in one row: times sonic-boom sync, the lowest data counts. */
interface Row {
  aim: string;
  contender: Contender;
  data: DataName[];
  producers: number;
  arrivals: Arrivals;
  bound?: Record<Runtime, number>;
}

/** What was measured of a row, by data. */
export type QuickRow = Record<string, Quotients>;

/** Rows by what is aimed at. */
export type Quick = Record<string, QuickRow>;

/** Times sonic-boom: the median of the slices, and the quartiles. */
interface Quotients {
  rate: [low: number, median: number, high: number];
  /** The same of the processor's time. */
  cpu: number;
  /** Processor time of a record, µs. */
  cpuUs: number;
}

const BOTH: DataName[] = ["constant", "varied"];
const steps = appendStep("`appendStep`", "written");

function row(
  aim: string,
  contender: Contender,
  producers: number,
  bound: [node: number, deno: number, bun: number] | undefined,
  more: { data?: DataName[]; arrivals?: Arrivals } = {},
): Row {
  const { data = BOTH, arrivals = "microtasks" } = more;
  const named = bound && { node: bound[0], deno: bound[1], bun: bound[2] };
  return {
    aim,
    contender,
    data,
    producers,
    arrivals,
    ...(named && { bound: named }),
  };
}

const turns = { arrivals: "separate turns" } as const;

/** The goals. */
export const QUICK_ROWS: Row[] = [
  row("`appendStep`, 256 producers", steps, 256, [3.5, 3.5, 3.3]),
  row("… in separate turns", steps, 256, [3.3, 3, 3], turns),
  row("`instance.step`, 256", instanceStep, 256, [3.2, 3.2, 3]),
  row("… with a function", callbackStep, 256, [2.2, 2.2, 2]),
  row("`appendStep`, 1 producer", steps, 1, [1.3, 1.4, 1.4]),
  row("… in separate turns, 1", steps, 1, [1, 1, 1], turns),
  row("`appendStep`, 16", steps, 16, [2.4, 2.1, 2.2]),
  row("`appendStep`, 4096", steps, 4096, [2.9, 2.5, 3]),
  row("… a `set-cookie` in each, 256", steps, 256, [3, 3.5, 3], {
    data: ["a set-cookie in each"],
  }),
  row("… records of 2.5 kB, 256", steps, 256, [2.3, 2, 1.9], {
    data: ["2.5 kB"],
  }),
  row("… Cyrillic and emoji, 256", steps, 256, [4, 4.5, 5], {
    data: ["Cyrillic and emoji"],
  }),
  row(
    "the floor: a ready line copied, acknowledged, written",
    readyLine,
    256,
    undefined,
    {
      data: ["constant"],
    },
  ),
];

/** Slices that warm up. */
const WARM = 2;

export async function quick(only?: number): Promise<Quick> {
  const rows: Quick = {};
  for (const [index, row] of QUICK_ROWS.entries()) {
    if (only !== undefined && index !== only) continue;
    const ofRow: QuickRow = rows[row.aim] = {};
    for (const data of row.data) ofRow[data] = await quotients(row, data);
  }
  return rows;
}

/** Twice as many slices as rounds elsewhere, each of them short. */
async function quotients(row: Row, data: DataName): Promise<Quotients> {
  const rates: number[] = [];
  const cpus: number[] = [];
  const ours: number[] = [];
  const pair = [row.contender, sonicBoomSync];
  for (let round = -WARM; round < 2 * ROUNDS; round++) {
    const order = round % 2 === 0 ? pair : pair.toReversed();
    const samples = new Map<
      Contender,
      { usPerRecord: number; cpuUs: number }
    >();
    for (const contender of order) {
      samples.set(contender, await slice(contender, row, data));
    }
    const our = samples.get(row.contender)!;
    const their = samples.get(sonicBoomSync)!;
    if (round < 0) continue;
    rates.push(their.usPerRecord / our.usPerRecord);
    cpus.push(their.cpuUs / our.cpuUs);
    ours.push(our.cpuUs);
  }
  return {
    rate: [
      quantile(rates, 0.25),
      quantile(rates, 0.5),
      quantile(rates, 0.75),
    ],
    cpu: quantile(cpus, 0.5),
    cpuUs: quantile(ours, 0.5),
  };
}

function slice(
  contender: Contender,
  { producers, arrivals }: Row,
  data: DataName,
): Promise<{ usPerRecord: number; cpuUs: number }> {
  return withTempDir(async (dir) => {
    const appender = await contender.open(dir);
    const startCpu = process.cpuUsage();
    const startMs = performance.now();
    const records = await produce(appender, producers, arrivals, {
      observed: DATA[data],
      msMax: QUICK_MS,
    });
    const elapsedMs = performance.now() - startMs;
    const { user, system } = process.cpuUsage(startCpu);
    await appender.close();
    return {
      usPerRecord: 1000 * elapsedMs / records,
      cpuUs: (user + system) / records,
    };
  });
}
