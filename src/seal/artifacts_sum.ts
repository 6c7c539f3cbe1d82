/**
 * One hash over any number of artifact files, added up file by file.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { ArtifactsSeal } from "../format/records.ts";

const MODULUS = 1n << 256n;

/**
 * Adds up artifact files in any order: number, bytes, and the sum modulo 2^256 of
 * the SHA-256 of each file's path below `artifacts/`, a newline and the SHA-256 of
 * its content in hex (Bellare and Micciancio: "A New Paradigm for Collision-free
 * Hashing: Incrementality at Reduced Cost", EUROCRYPT 1997, AdHash). It detects
 * what was changed, added, removed or renamed. It is not proof against an attacker
 * who chooses the content of thousands of files: others with the same sum exist.
 */
export class ArtifactsSum {
  #files = 0;
  #bytes = 0;
  #sum = 0n;

  /**
   * Adds a file.
   *
   * @param path Below `artifacts/`: `"inst_001/page.png"`.
   * @param contentHash Its SHA-256, in hex.
   */
  add(path: string, bytes: number, contentHash: string): void {
    const entry = new TextEncoder().encode(`${path}\n${contentHash}`);
    this.#files++;
    this.#bytes += bytes;
    this.#addHex(bytesToHex(sha256(entry)));
  }

  /** Adds all files of another sum. */
  addSeal({ files, bytes, sha256: sum }: ArtifactsSeal): void {
    this.#files += files;
    this.#bytes += bytes;
    this.#addHex(sum);
  }

  /** The sum, as the summary has it. */
  seal(): ArtifactsSeal {
    return {
      files: this.#files,
      bytes: this.#bytes,
      sha256: this.#sum.toString(16).padStart(64, "0"),
    };
  }

  #addHex(hex: string): void {
    this.#sum = (this.#sum + BigInt(`0x${hex}`)) % MODULUS;
  }
}
