/**
 * `manifest.json`: interface and schema.
 *
 * @module
 */
import * as v from "valibot";
import type { JsonObject } from "../json/value.ts";
import { jsonObject, safeName, text, timestamp, traceId } from "./fields.ts";

/** When an acknowledgement is given: see the guarantees in the README. */
export type Durability = "instance" | "record" | "os";

/** A person's or a generator's seed. */
export type Seed = number | string | null;

/** One of several writers that share the work of one run. */
export interface Shard {
  /** Number of this writer, from 1. */
  index: number;
  /** Number of writers. */
  count: number;
}

/** `manifest.json`: what was run, written once at the start. */
export interface Manifest {
  /** Version of the format on disk: 1. */
  format_version: 1;
  /** The run's id, and the name of its directory. */
  run_id: string;
  /**
   * 32 lowercase hex digits, random for each run unless the caller gives one:
   * correlation ids are derived from it.
   */
  nonce: string;
  /** Start of the run: UTC, ISO 8601 with milliseconds and `Z`. */
  timestamp: string;
  /** Name of the system under test. */
  sut_name: string;
  /** Ids of the scenarios that the run drives. */
  scenario_ids: string[];
  /** The seed that everything random in the run was drawn from. */
  seed: Seed;
  /** The runner's own configuration. */
  config: JsonObject;
  /** When acknowledgements were given. */
  durability: Durability;
  /** Which part of a run this is, where several writers share one; or null. */
  shard: Shard | null;
  /** Ids of the runs that this one was merged from; `[]` for none. */
  merged_from: string[];
  /** Name and version of the writer. */
  created_by: string;
}

/** The most writers that may share a run: their ids have five digits. */
const SHARDS_MAX = 99_999;

const shardNumber = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(1),
  v.maxValue(SHARDS_MAX),
);

/** Whether the number of a shard is one of its run's. */
export function isIndexInCount({ index, count }: Shard): boolean {
  return index <= count;
}

/** Schemas of the fields that are options of `createRun`, too. */
export const ManifestOptions: {
  nonce: v.GenericSchema<string>;
  sut_name: v.GenericSchema<string>;
  scenario_ids: v.GenericSchema<string[]>;
  seed: v.GenericSchema<Seed>;
  config: v.GenericSchema<JsonObject>;
  durability: v.GenericSchema<Durability>;
  shard: v.GenericSchema<Shard>;
} = {
  nonce: traceId,
  sut_name: text,
  scenario_ids: v.array(text),
  seed: v.union([v.pipe(v.number(), v.safeInteger()), v.string(), v.null()]),
  config: jsonObject,
  durability: v.picklist(["instance", "record", "os"]),
  shard: v.pipe(
    v.strictObject({ index: shardNumber, count: shardNumber }),
    v.check(isIndexInCount, "must have an index from 1 to its count"),
  ),
};

/** Schema of {@linkcode Manifest}. */
export const ManifestSchema: v.GenericSchema<Manifest> = v.strictObject({
  format_version: v.literal(1),
  run_id: safeName,
  nonce: ManifestOptions.nonce,
  timestamp,
  sut_name: ManifestOptions.sut_name,
  scenario_ids: ManifestOptions.scenario_ids,
  seed: ManifestOptions.seed,
  config: ManifestOptions.config,
  durability: ManifestOptions.durability,
  shard: v.nullable(ManifestOptions.shard),
  merged_from: v.array(safeName),
  created_by: text,
});
