/**
 * Normal form of records and documents: without what differs between equal runs.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "../json/value.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  Manifest,
  StepRecord,
  Summary,
} from "../format/records.ts";
import { artifactPath, stepFileName } from "../format/layout.ts";
import type { RunTotals } from "../format/tally.ts";
import { unnumbered, unnumberedText } from "../json/unnumbered.ts";
import {
  addHash,
  addWord,
  finish,
  type Hash,
  hashNumber,
  hashText,
  newHash,
  SEED,
  start,
  sumUp,
} from "./tree_hash.ts";

/** Fields to omit (`true`), or of which to omit fields, by name. */
interface Volatile extends ReadonlyMap<string, true | Volatile> {}

const LATENCY = new Map<string, true | Volatile>([["latency_ms", true]]);

/** The runtime's own code and words for a failed exchange: each runtime's differ. */
const CAUSE = new Map<string, true | Volatile>([["cause", true]]);

/**
 * Fields that differ between equal runs. Only at the top of a record, the
 * manifest or the summary: the `timestamp` of a body may have a meaning.
 */
export const VOLATILE: Volatile = new Map<string, true | Volatile>([
  ["run_id", true],
  ["correlation_id", true],
  ["timestamp", true],
  ["started_at", true],
  ["completed_at", true],
  ["duration_ms", true],
  ["created_by", true],
  ["nonce", true],
  ["span_id", true],
  ["shard", true],
  ["merged_from", true],
  ["latency_sketch", true],
  ["files", true],
  [
    "observation",
    new Map<string, true | Volatile>([
      ["latency_ms", true],
      ["errors", CAUSE],
      ["attempts", new Map([...LATENCY, ["errors", CAUSE]])],
      [
        "earlier_exchanges",
        new Map([["observation", new Map([...LATENCY, ["errors", CAUSE]])]]),
      ],
    ]),
  ],
  ["p50_latency_ms", true],
  ["p95_latency_ms", true],
  ["p99_latency_ms", true],
]);

/**
 * Replaces the instance's own correlation id wherever the system under test sent
 * it back: it is derived from the nonce of the run.
 */
export const PLACEHOLDER: string = "‹correlation_id›";

/** A shorter id may occur in any text by chance. */
export const CORRELATION_ID_LENGTH_MIN: number = 16;

/** A summary without the latencies of its scenarios. */
export type NormalSummary =
  & Omit<Summary, "scenarios">
  & Pick<RunTotals, "scenarios">;

/** The kinds of records and documents that have a normal form. */
type Recorded =
  | InstanceRecord
  | StepRecord
  | AssertionRecord
  | Manifest
  | NormalSummary;

/**
 * A step of which only counts that it has a request and a response, not where
 * they are: in files, in its line, or in a file that was not kept.
 */
function withoutMessages<R extends Recorded>(record: R): R {
  const { instance_id, step_index, artifacts } = record as Partial<StepRecord>;
  if (!Array.isArray(artifacts)) return record;
  const others = new Set<string>(artifacts);
  const has: { request?: true; response?: true } = {};
  for (const part of ["request", "response"] as const) {
    const path = artifactPath(instance_id!, stepFileName(step_index!, part));
    const isNamed = others.delete(path);
    if (isNamed || part in record) has[part] = true;
  }
  if (!has.request && !has.response) return record;
  const rest = artifacts.filter((path) => others.has(path));
  return { ...record, artifacts: rest, ...has };
}

/** A record, the manifest or the summary, and its normal form. */
export class NormalForm<R extends Recorded = Recorded> {
  /** As it was read. */
  readonly record: R;
  readonly #rename: (text: string) => string;
  #text: string | undefined;
  #value: JsonObject | undefined;

  constructor(record: R) {
    this.record = record;
    const { correlation_id } = record as { correlation_id?: string };
    const rename = renamer(correlation_id);
    this.#rename = (text) => rename(unnumberedText(text));
  }

  /** The normal form as canonical JSON: equal texts are equal values. */
  get text(): string {
    return this.#text ??= canonicalJson(
      withoutMessages(this.record),
      this.#rename,
      VOLATILE,
    );
  }

  /** Hashes the normal form: equal hashes are equal values. */
  hash(into: Hash): void {
    hashNormal(into, withoutMessages(this.record), this.#rename, VOLATILE);
    finish(into);
  }

  /** The normal form as a value: parsed once, and only for what differs. */
  get value(): JsonObject {
    return this.#value ??= JSON.parse(this.text) as JsonObject;
  }
}

/**
 * Returns a function that replaces the correlation id in a text, and the span
 * that follows it in a `traceparent`: it is new in each run.
 */
function renamer(
  correlation_id: string | undefined,
): (text: string) => string {
  // A manifest has none, and neither may the line of another writer.
  if (
    correlation_id === undefined ||
    correlation_id.length < CORRELATION_ID_LENGTH_MIN
  ) return (text) => text;
  return (text) => {
    if (!text.includes(correlation_id)) return text;
    const [first, ...rest] = text.split(correlation_id);
    return rest.reduce(
      (renamed, part) =>
        renamed + PLACEHOLDER + part.replace(/^-[0-9a-f]{16}(?![0-9a-f])/, ""),
      first!,
    );
  };
}

/** Returns JSON with sorted keys, so that equal values have equal texts. */
function canonicalJson(
  value: JsonValue | object | undefined,
  rename: (text: string) => string,
  omitted?: Volatile,
): string {
  if (typeof value === "string") return JSON.stringify(rename(value));
  // A number of another writer that is too large for JavaScript.
  if (value === Infinity) return "1e999";
  if (value === -Infinity) return "-1e999";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => canonicalJson(item, rename, omitted));
    return `[${items.join(",")}]`;
  }
  const members: string[] = [];
  for (const [key, member, within] of membersOf(value, omitted)) {
    const json = canonicalJson(member, rename, within);
    members.push(`${JSON.stringify(rename(key))}:${json}`);
  }
  return `{${members.sort().join(",")}}`;
}

/** Hashes the normal form of a value, which `line_hash.ts` does from bytes. */
function hashNormal(
  into: Hash,
  value: JsonValue | object | undefined,
  rename: (text: string) => string,
  omitted?: Volatile,
): void {
  if (typeof value === "string") {
    return hashText(into, SEED.text, rename(value));
  }
  if (typeof value === "number") return hashNumber(into, value);
  if (typeof value === "boolean") {
    return start(into, value ? SEED.true : SEED.false);
  }
  if (typeof value !== "object" || value === null) {
    return start(into, SEED.null);
  }
  const inner = newHash();
  if (Array.isArray(value)) {
    start(into, SEED.array);
    for (const item of value) {
      hashNormal(inner, item, rename, omitted);
      addHash(into, inner);
    }
    return addWord(into, value.length);
  }
  const [member, sum] = [newHash(), newHash()];
  let count = 0;
  for (const [key, memberValue, within] of membersOf(value, omitted)) {
    hashText(member, SEED.key, rename(key));
    hashNormal(inner, memberValue, rename, within);
    addHash(member, inner);
    finish(member);
    sumUp(sum, member);
    count++;
  }
  start(into, SEED.object);
  addHash(into, sum);
  addWord(into, count);
}

/** The members of an object that are not omitted, and what to omit in them. */
function* membersOf(
  value: object,
  omitted: Volatile | undefined,
): Generator<[string, JsonValue | undefined, Volatile | undefined]> {
  const isThrown = "stack" in value && "name" in value && "message" in value;
  for (const [key, member] of Object.entries(unnumbered(value))) {
    const within = omitted?.get(key);
    if (within === true) continue;
    // Each runtime words it otherwise, and an asynchronous one differs by turns.
    if (key === "stack" && isThrown) continue;
    yield [key, member, within];
  }
}
