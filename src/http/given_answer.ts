/**
 * Checks what a `fetch` of the caller's own gave.
 *
 * @module
 */
import { invalidOption } from "../check/options.ts";
import { viewOf } from "./byte_source.ts";

/** A `fetch` that gave something else than an answer: a mistake, and no evidence. */
export class NotAnAnswer {
  /** What is wrong with it. */
  readonly error: Error;

  constructor(problem: string) {
    this.error = invalidOption("sendHttp", "fetch", problem);
  }
}

/**
 * Asserts that it is a `Response`, be it of a class of one's own.
 *
 * @throws {NotAnAnswer}
 * @throws {TypeError} It is `Response.error()`: nothing came.
 */
export function assertAnswer(answer: Response): void {
  const { status, headers, body, type } = answer ?? {};
  const isAnswer = Number.isInteger(status) &&
    typeof headers?.get === "function" && Symbol.iterator in headers &&
    (!body || typeof body.getReader === "function");
  if (!isAnswer) {
    throw new NotAnAnswer(
      "must give a Response: with status, headers as Headers, and body as a stream or null",
    );
  }
  if (type === "error") throw new TypeError("it is Response.error()");
}

/**
 * Returns the bytes of a piece of a body.
 *
 * @throws {NotAnAnswer}
 */
export function bytesOfPiece(piece: unknown): Uint8Array<ArrayBuffer> {
  const bytes = viewOf(piece);
  if (bytes) return bytes;
  throw new NotAnAnswer(
    `must give a Response whose body comes as bytes, not as ${typeof piece}`,
  );
}
