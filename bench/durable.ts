/** An acknowledgement means that a line is on the disk. */
import type { Contender } from "./contender.ts";
import { naive } from "./files.ts";
import { logtape } from "./logtape.ts";
import { appendInstance, appendStep } from "./ours.ts";
import { type Samples, series } from "./series.ts";
import { sonicBoomAsync, sonicBoomFlushed } from "./sonic_boom.ts";
import { PRODUCERS } from "./written.ts";

/** Names of this library's rows. */
export const OUR_STEPS = '`appendStep`, `"record"`';
export const OUR_INSTANCES: string = appendInstance.name;

const PEERS: Contender[] = [
  sonicBoomAsync(true),
  sonicBoomFlushed,
  logtape(false),
];
/** Names of the rows of others that make the same promise. */
export const PEER_NAMES: string[] = PEERS.map(({ name }) => name);

const CONTENDERS: Contender[] = [
  naive,
  ...PEERS,
  appendStep(OUR_STEPS, "synced", { durability: "record" }),
  appendInstance,
];

export interface Durable {
  promises: Record<string, string>;
  samples: Record<number, Samples>;
}

export async function durable(): Promise<Durable> {
  const samples: Durable["samples"] = {};
  for (const producers of PRODUCERS) {
    samples[producers] = await series(CONTENDERS, producers, "microtasks");
  }
  const promises = CONTENDERS.map(({ name, promise }) => [name, promise]);
  return { promises: Object.fromEntries(promises), samples };
}
