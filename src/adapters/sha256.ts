/**
 * SHA-256 of the runtime (`node:crypto`, on Deno, Bun and Node), ten times as fast
 * as in JavaScript.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** A SHA-256 of bytes that come in parts. */
export interface Sha256 {
  /** Adds bytes. */
  update(bytes: Uint8Array): void;
  /** Ends it, and returns 64 lowercase hex digits. */
  hex(): string;
}

/** Begins a hash. */
export function nativeSha256(): Sha256 {
  const hash = createHash("sha256");
  return {
    update: (bytes) => void hash.update(bytes),
    hex: () => hash.digest("hex"),
  };
}
