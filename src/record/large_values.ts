/**
 * Moves values that are too large for the line of a record into files.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import { isObject } from "../format/fields.ts";
import type { RecordIds, RecordKind } from "../format/record_kind.ts";
import { PARSED_BYTES_MAX, parsedSize } from "../json/parsed_size.ts";
import { type JsonObject, type JsonValue, prettyJson } from "../json/value.ts";
import type { PreparedArtifact } from "./artifact_content.ts";
import { placeOf } from "./invalid_record.ts";

/** The error for a record whose line is too long, or holds too many values. */
export class RecordTooLarge extends ArtifactError {
  /** The record, redacted. */
  readonly record: RecordIds;
  /** The longest line, in bytes. */
  readonly bytesMax: number;

  constructor(
    kind: string,
    record: RecordIds,
    line: Uint8Array,
    bytesMax: number,
  ) {
    const problem = line.length > bytesMax
      ? `it takes ${line.length} bytes, more than limits.recordBytesMax, which is ${bytesMax}`
      : "it has more lists, objects and members than a line may have: put them into an artifact";
    super(
      "INVALID_RECORD",
      `Cannot append the ${kind}${placeOf(record)}: ${problem}`,
      { path: "" },
    );
    this.record = record;
    this.bytesMax = bytesMax;
  }
}

/** A value of a record, and where it stands. */
interface Place {
  bytes: number;
  /** What it takes when it is parsed, besides its texts. */
  parsedBytes: number;
  value: JsonValue;
  replace(reference: JsonObject): void;
}

/**
 * A copy of a record in which `{"$artifact": path, "bytes": n}` stands for its
 * largest values, as few as are needed, and the files that hold them.
 *
 * @param file Makes the file of a value.
 * @returns The record, which may still be too large where many small values are.
 */
export function withLargeValuesInFiles<R extends RecordIds>(
  kind: RecordKind<R>,
  record: R,
  bytesMax: number,
  file: (content: Uint8Array) => { path: string; file: PreparedArtifact },
): { record: R; files: PreparedArtifact[] } {
  const copy = { ...record } as unknown as Record<string, JsonValue>;
  const places = [
    ...kind.objectFields.flatMap((field) => memberPlaces(copy, field)),
    ...kind.valueFields.filter((field) => copy[field] !== undefined)
      .map((field) => fieldPlace(copy, field)),
  ];
  const line = bytesOf(copy);
  let excess = line.length + 1 - bytesMax;
  let parsedExcess = parsedSize(line) - PARSED_BYTES_MAX;
  const files: PreparedArtifact[] = [];
  const move = (place: Place) => {
    const content = new TextEncoder().encode(prettyJson(place.value));
    const made = file(content);
    const reference = { $artifact: made.path, bytes: content.length };
    place.replace(reference);
    files.push(made.file);
    const stand = bytesOf(reference);
    excess -= place.bytes - stand.length;
    parsedExcess -= place.parsedBytes - parsedSize(stand);
  };
  places.sort((a, b) => a.parsedBytes - b.parsedBytes);
  while (parsedExcess > 0 && isWorthIt(places.at(-1)?.parsedBytes)) {
    move(places.pop()!);
  }
  places.sort((a, b) => a.bytes - b.bytes);
  while (excess > 0 && isWorthIt(places.at(-1)?.bytes)) move(places.pop()!);
  return { record: copy as unknown as R, files };
}

/** About what a reference takes in place of a value. */
const REFERENCE_BYTES = 200;

function isWorthIt(bytes: number | undefined): boolean {
  return bytes !== undefined && bytes > REFERENCE_BYTES;
}

function fieldPlace(record: Record<string, JsonValue>, field: string): Place {
  const value = record[field]!;
  return {
    ...sizesOf(value),
    value,
    replace: (reference) => record[field] = reference,
  };
}

function memberPlaces(
  record: Record<string, JsonValue>,
  field: string,
): Place[] {
  const value = record[field];
  if (!isObject(value)) return [];
  const members = { ...value };
  record[field] = members;
  return Object.entries(members).flatMap(([key, member]) =>
    member === undefined || FIXED_TYPES.has(key) ? [] : [{
      ...sizesOf(member),
      value: member,
      replace: (reference: JsonObject) => {
        members[key] = reference;
      },
    }]
  );
}

/** Fields whose type the format fixes: no reference can stand in their place. */
const FIXED_TYPES = new Set(["name", "message", "stack", "errors"]);

function sizesOf(value: JsonValue): Pick<Place, "bytes" | "parsedBytes"> {
  const json = bytesOf(value);
  return { bytes: json.length, parsedBytes: parsedSize(json) };
}

function bytesOf(value: JsonValue): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
