/**
 * Moves values that are too large for the line of a record into files.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import { isObject } from "../format/fields.ts";
import type { RecordIds, RecordKind } from "../format/record_kind.ts";
import { type JsonObject, type JsonValue, prettyJson } from "../json/value.ts";
import type { PreparedArtifact } from "./artifact_content.ts";
import { placeOf } from "./invalid_record.ts";

/** The error for a record whose line is too long. */
export class RecordTooLarge extends ArtifactError {
  /** The record, redacted. */
  readonly record: RecordIds;
  /** The longest line, in bytes. */
  readonly bytesMax: number;

  /** @param bytes Length of its line. */
  constructor(
    kind: string,
    record: RecordIds,
    bytes: number,
    bytesMax: number,
  ) {
    super(
      "INVALID_RECORD",
      `Cannot append the ${kind}${
        placeOf(record)
      }: it takes ${bytes} bytes, more than limits.recordBytesMax, which is ${bytesMax}`,
      { path: "" },
    );
    this.record = record;
    this.bytesMax = bytesMax;
  }
}

/** A value of a record, and where it stands. */
interface Place {
  bytes: number;
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
  places.sort((a, b) => b.bytes - a.bytes);
  let excess = bytesOf(JSON.stringify(copy)) + 1 - bytesMax;
  const files: PreparedArtifact[] = [];
  for (const place of places) {
    if (excess <= 0) break;
    const content = new TextEncoder().encode(prettyJson(place.value));
    const made = file(content);
    const reference = { $artifact: made.path, bytes: content.length };
    place.replace(reference);
    files.push(made.file);
    excess -= place.bytes - bytesOf(JSON.stringify(reference));
  }
  return { record: copy as unknown as R, files };
}

function fieldPlace(record: Record<string, JsonValue>, field: string): Place {
  const value = record[field]!;
  return {
    bytes: bytesOf(JSON.stringify(value)),
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
      bytes: bytesOf(JSON.stringify(member)),
      value: member,
      replace: (reference: JsonObject) => {
        members[key] = reference;
      },
    }]
  );
}

/** Fields whose type the format fixes: no reference can stand in their place. */
const FIXED_TYPES = new Set(["name", "message", "stack", "errors"]);

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
