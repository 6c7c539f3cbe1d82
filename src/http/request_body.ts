/**
 * Request bodies: as they are given, sent and recorded.
 *
 * @module
 */
import { decodeBase64 } from "@std/encoding/base64";
import {
  bytesOf,
  type ByteStream,
  isBlob,
  isByteStream,
  isStreamable,
  tagOf,
  viewOf,
} from "./byte_source.ts";
import { reviveValues } from "../json/revive_values.ts";
import { exactJsonText, jsonText } from "../json/exact_json.ts";
import {
  type BodyEncoding,
  encodedBodyProblem,
  encodingOf,
  type HttpRequest,
  type RecordedBody,
} from "./http_message.ts";
import { encodeMultipart } from "./multipart.ts";
import { BODY_BYTES_MAX, BodyRecorder } from "./recorded_body.ts";

/** A body that is to be sent. */
export interface RequestBody {
  /** What `fetch` is given. */
  data: Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array>;
  /** The content type that it has where the caller sets none. */
  type: string | null;
  /** Whether it is JSON, whose type is added to a recorded request, too. */
  isJson: boolean;
  /** What was sent of it so far. */
  recorder: BodyRecorder;
  /** How far the stream is that it comes from; left out where none is. */
  source?: SourceState;
}

/** How far a stream was read. */
export interface SourceState {
  /** Whether it was read to its end. */
  isWhole: boolean;
  /** What it failed with: a failure of the caller. */
  failure?: { cause: unknown };
}

const encoder = new TextEncoder();

/**
 * The body that a caller gave: of any kind that `fetch` takes, or JSON.
 *
 * @throws {TypeError} where it is not what its encoding says.
 */
export async function requestBody(
  body: unknown,
  body_encoding: BodyEncoding | undefined,
  bytesMax: number,
): Promise<RequestBody | undefined> {
  const problem = encodedBodyProblem(body, body_encoding);
  if (problem) throw new TypeError(problem);
  if (body_encoding === "base64") {
    return inMemory(decodeBase64(body as string), null, bytesMax);
  }
  if (body_encoding === "json") return json(jsonText(body), bytesMax);
  if (encodingOf({ body }) === undefined) return undefined;
  if (typeof body === "string") {
    return inMemory(encoder.encode(body), null, bytesMax);
  }
  const view = viewOf(body);
  // A copy: what is changed later is not what was sent.
  if (view) return inMemory(new Uint8Array(view), null, bytesMax);
  if (isBlob(body)) return await ofBlob(body, body.type || null, bytesMax);
  switch (tagOf(body)) {
    case "URLSearchParams": {
      const type = "application/x-www-form-urlencoded;charset=UTF-8";
      return inMemory(encoder.encode(String(body)), type, bytesMax);
    }
    case "FormData": {
      const form = await encodeMultipart(body as FormData);
      return await ofBlob(form.body, form.type, bytesMax);
    }
  }
  if (isByteStream(body)) return ofStream(body, bytesMax);
  return json(jsonText(body), bytesMax);
}

/** The body of a recorded request, byte for byte. */
export async function recordedRequestBody(
  request: HttpRequest,
): Promise<RequestBody | undefined> {
  const { body, body_encoding } = request;
  if (encodingOf(request) !== "json") {
    return await requestBody(body, body_encoding, Infinity);
  }
  // A caller that sends by itself may have recorded the argument of `fetch`.
  const given = body_encoding ? body : reviveValues(body);
  return viewOf(given) || FORMS.includes(tagOf(given))
    ? await requestBody(given, undefined, Infinity)
    : json(exactJsonText(body!), Infinity);
}

const FORMS = ["URLSearchParams", "FormData"];

function json(text: string | undefined, bytesMax: number): RequestBody {
  if (text === undefined) throw new TypeError('"body" has no JSON');
  const type = "application/json";
  const body = inMemory(encoder.encode(text), type, bytesMax);
  return { ...body, isJson: true };
}

function inMemory(
  data: Uint8Array<ArrayBuffer>,
  type: string | null,
  bytesMax: number,
): RequestBody {
  const recorder = new BodyRecorder(bytesMax);
  recorder.add(data);
  return { data, type, isJson: false, recorder };
}

/**
 * What is recorded of a body that was sent: as JSON only where that, sent again,
 * is the same text.
 */
export function recordSent(
  { recorder, source, type, isJson }: RequestBody,
  content_type: string | null,
): RecordedBody {
  const isWhole = source?.isWhole ?? true;
  const recorded = recorder.recorded(content_type ?? type, isWhole);
  const isSame = !recorded.body_charset && (
    isJson || recorded.body_encoding !== "json" ||
    JSON.stringify(recorded.body) === new TextDecoder().decode(recorder.bytes())
  );
  return isSame ? recorded : recorder.recorded(null, isWhole);
}

/** Sent from where it is: a file is not read into memory. */
async function ofBlob(
  blob: Blob,
  type: string | null,
  bytesMax: number,
): Promise<RequestBody> {
  if (!isStreamable(blob)) {
    // The platform's fetch does not know it: it would send its name.
    return inMemory(new Uint8Array(await blob.arrayBuffer()), type, bytesMax);
  }
  const beginning = blob.slice(0, bytesMax);
  const recorder = new BodyRecorder(bytesMax);
  recorder.add(new Uint8Array(await beginning.arrayBuffer()));
  recorder.skip(blob.size - beginning.size);
  // Without a type: it is set as a header, and may be the caller's.
  const data = blob.slice(0, blob.size, "");
  return { data, type, isJson: false, recorder };
}

function ofStream(stream: ByteStream, bytesMax: number): RequestBody {
  const recorder = new BodyRecorder(bytesMax);
  const source = bytesOf(stream);
  const state: SourceState = { isWhole: false };
  const data = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await source.next();
        if (done) {
          state.isWhole = true;
          controller.close();
          return;
        }
        recorder.add(value.slice());
        controller.enqueue(value);
      } catch (cause) {
        state.failure = { cause };
        controller.error(cause);
      }
    },
    async cancel() {
      await source.return();
    },
  }, { highWaterMark: 0 });
  return { data, type: null, isJson: false, recorder, source: state };
}

/**
 * The bytes of a stream where they are few, else a stream of all of them: what is
 * small is sent with its length.
 */
export async function readWithin(
  stream: ByteStream,
  bytesMax: number = BODY_BYTES_MAX,
): Promise<Uint8Array | ByteStream> {
  const recorder = new BodyRecorder(Infinity);
  const source = bytesOf(stream);
  for (;;) {
    const { done, value } = await source.next();
    if (done) return recorder.bytes();
    recorder.add(value);
    if (recorder.size > bytesMax) break;
  }
  return (async function* () {
    yield recorder.bytes();
    yield* source;
  })();
}
