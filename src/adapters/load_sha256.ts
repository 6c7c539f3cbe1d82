/**
 * Loads SHA-256: the runtime's, or one in JavaScript.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Sha256 } from "./sha256.ts";

/** Returns a function that begins a hash. */
export async function loadSha256(): Promise<() => Sha256> {
  if ("process" in globalThis) {
    return (await import("./sha256.ts")).nativeSha256;
  }
  return () => {
    const hash = sha256.create();
    return {
      update: (bytes) => void hash.update(bytes),
      hex: () => bytesToHex(hash.digest()),
    };
  };
}
