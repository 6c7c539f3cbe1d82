/**
 * The normal form of what a run records: what two runs with the same seed and
 * config have in common. The one owner of which fields are volatile.
 *
 * @module
 */
import type { JsonValue } from "../json/value.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  Manifest,
  StepRecord,
  Summary,
} from "../format/records.ts";

/** Fields to leave out (`true`), or to leave out something of, by name. */
interface Volatile extends ReadonlyMap<string, true | Volatile> {}

const LATENCY = new Map<string, true | Volatile>([["latency_ms", true]]);

/** What the runtime said of a failed exchange, each in words of its own. */
const CAUSE = new Map<string, true | Volatile>([["cause", true]]);

/**
 * Fields of a record, the manifest or the summary that differ between equal
 * runs. Only there: a body may have a `timestamp` that means something.
 */
const VOLATILE: Volatile = new Map<string, true | Volatile>([
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
 * Stands for the instance's own correlation id, wherever the system under test
 * has sent it back: it is derived from the nonce of the run.
 */
const PLACEHOLDER = "‹correlation_id›";

/** A shorter id may stand in any text by chance. */
const CORRELATION_ID_LENGTH_MIN = 16;

/** A record as JSON without what is volatile, its keys in order. */
export function normalRecord(
  record: InstanceRecord | StepRecord | AssertionRecord,
): string {
  return canonicalJson(
    record as object,
    renamer(record.correlation_id),
    VOLATILE,
  );
}

/** A manifest, or a summary, as JSON without what is volatile, its keys in order. */
export function normalDocument(document: Manifest | Summary): string {
  return canonicalJson(document as object, (text) => text, VOLATILE);
}

/** Also takes the span that follows the id in a `traceparent`: new in each run. */
function renamer(correlation_id: string): (text: string) => string {
  // A foreign line may have none.
  const isLong = correlation_id?.length >= CORRELATION_ID_LENGTH_MIN;
  if (!isLong) return (text) => text;
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

/** JSON that is the same for equal values, in whatever order their keys are. */
function canonicalJson(
  value: JsonValue | object | undefined,
  rename: (text: string) => string,
  leftOut?: Volatile,
): string {
  if (typeof value === "string") return JSON.stringify(rename(value));
  // A number of another writer that is too large here; JSON.stringify says null.
  if (value === Infinity) return "1e999";
  if (value === -Infinity) return "-1e999";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => canonicalJson(item, rename, leftOut));
    return `[${items.join(",")}]`;
  }
  const members: string[] = [];
  const isThrown = "stack" in value && "name" in value && "message" in value;
  for (const [key, member] of Object.entries(value)) {
    const within = leftOut?.get(key);
    if (within === true) continue;
    // Each runtime words it otherwise, and an asynchronous one differs by turns.
    if (key === "stack" && isThrown) continue;
    const json = canonicalJson(member, rename, within);
    members.push(`${JSON.stringify(rename(key))}:${json}`);
  }
  return `{${members.sort().join(",")}}`;
}
