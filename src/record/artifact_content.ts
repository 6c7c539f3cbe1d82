/**
 * Checks artifacts and fixes their content as bytes.
 *
 * @module
 */
import { ArtifactError, thrownText } from "../errors.ts";
import { isOwnFileName, stepFileName } from "../format/layout.ts";
import { assertSafeName, caseFolded } from "../format/names.ts";
import {
  type ByteStream,
  isBlob,
  isByteStream,
  streamOf,
  tagOf,
  viewOf,
} from "../http/internal.ts";
import type { Path } from "../json/path_pattern.ts";
import {
  findJsonProblem,
  inspectJson,
  type JsonValue,
  prettyJson,
} from "../json/value.ts";
import { toJsonValue } from "../json/typed_value.ts";
import type { MarkSecret } from "../json/placeholder.ts";
import type { Redactor } from "../redact/redactor.ts";
import { placeOf, type RecordPlace } from "./invalid_record.ts";

/**
 * What an artifact can be made of: bytes as they are, be they in a buffer, a
 * blob, or a stream of the web or of Node; a string as UTF-8; any other value as
 * JSON with two spaces, in the form of a record.
 *
 * A `Response` stands for its body. A stream may give text, too.
 */
export type ArtifactData =
  | ArrayBufferView
  | ArrayBuffer
  | SharedArrayBuffer
  | Blob
  | Response
  | ReadableStream<Uint8Array>
  | ReadableStream<string>
  | AsyncIterable<Uint8Array | string>
  | string
  | JsonValue
  | object;

/** An artifact whose name and content were checked and fixed. */
export interface PreparedArtifact {
  /** File name in the directory of the instance. */
  name: string;
  /** What will be written. */
  content: Uint8Array | ByteStream;
}

/**
 * Checks an artifact and fixes its content, so that later changes to the value
 * do not show.
 *
 * @param place The run and the instance, for messages.
 * @throws {ArtifactError} `UNSAFE_NAME`, `INVALID_RECORD`
 */
export function prepareArtifact(
  name: string,
  data: ArtifactData,
  place: RecordPlace,
  redactor?: Redactor,
  mark?: MarkSecret,
): PreparedArtifact {
  assertSafeName(`the name of an artifact${placeOf(place)}`, name);
  if (isOwnFileName(caseFolded(name))) {
    throw new ArtifactError(
      "UNSAFE_NAME",
      `Cannot use "${name}" as the name of an artifact${
        placeOf(place)
      }: such names are the library's: give the value to step() as "request" or "response", or choose another name`,
    );
  }
  const view = viewOf(data);
  // Not by `slice`: that of Node's `Buffer` copies nothing.
  if (view) return { name, content: new Uint8Array(view) };
  if (isBlob(data)) return { name, content: streamOf(data) };
  if (isByteStream(data)) return { name, content: data };
  if (tagOf(data) === "Response") {
    return { name, content: (data as Response).body ?? new Uint8Array() };
  }
  if (typeof data === "string") {
    return { name, content: textBytes(name, data, place, redactor) };
  }
  return {
    name,
    content: jsonBytes(name, data, ["artifacts", name], place, redactor, mark),
  };
}

/**
 * Fixes the request or response of a step.
 *
 * @throws {ArtifactError} `INVALID_RECORD`
 */
export function prepareStepArtifact(
  part: "request" | "response",
  value: unknown,
  place: RecordPlace & { step_index: number },
  redactor?: Redactor,
  mark?: MarkSecret,
): PreparedArtifact {
  return {
    name: stepFileName(place.step_index, part),
    content: jsonBytes(part, value, [part], place, redactor, mark),
  };
}

function textBytes(
  name: string,
  data: string,
  place: RecordPlace,
  redactor: Redactor | undefined,
): Uint8Array {
  let text: JsonValue = data;
  try {
    if (redactor) text = redactor.artifactText(data, name);
  } catch (error) {
    throw invalidContent(
      place,
      name,
      `cannot be redacted: ${thrownText(error)}`,
    );
  }
  if (typeof text !== "string") {
    throw invalidContent(
      place,
      name,
      "is text, and redacted as something else",
    );
  }
  if (!text.isWellFormed()) {
    throw invalidContent(
      place,
      name,
      "has half a surrogate pair, which is not UTF-8",
    );
  }
  return new TextEncoder().encode(text);
}

function jsonBytes(
  name: string,
  value: unknown,
  path: Path,
  place: RecordPlace,
  redactor: Redactor | undefined,
  mark: MarkSecret | undefined,
): Uint8Array {
  try {
    if (value === undefined) throw notJson(place, name, value);
    const verdict = inspectJson(value, redactor?.holdsSecret);
    const json = verdict === "bad" || verdict === "typed"
      ? toJsonValue(value, name)
      : value as JsonValue;
    if (!redactor || (verdict === "clean" && !redactor.redactsAll)) {
      return new TextEncoder().encode(prettyJson(json));
    }
    const redacted = redactor.value(json, path, mark);
    if (inspectJson(redacted) === "bad") throw notJson(place, name, redacted);
    return new TextEncoder().encode(prettyJson(redacted));
  } catch (error) {
    if (error instanceof ArtifactError) throw error;
    throw invalidContent(
      place,
      name,
      `cannot be made JSON: ${thrownText(error)}`,
    );
  }
}

function notJson(
  place: RecordPlace,
  name: string,
  value: unknown,
): ArtifactError {
  const problem = value === undefined
    ? { path: name, found: "undefined" }
    : findJsonProblem(value, name) ?? { path: name, found: "a changing value" };
  return invalidContent(
    place,
    problem.path,
    `is ${problem.found}, which JSON cannot hold`,
  );
}

function invalidContent(
  place: RecordPlace,
  path: string,
  problem: string,
): ArtifactError {
  return new ArtifactError(
    "INVALID_RECORD",
    `Cannot write the artifact${placeOf(place)}: "${path}" ${problem}`,
    { path },
  );
}
