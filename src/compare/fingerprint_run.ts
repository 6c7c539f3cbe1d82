/**
 * Computes the fingerprint of a run.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, createView } from "@noble/hashes/utils.js";
import { artifactPath } from "../format/layout.ts";
import { NormalRun } from "./normal_run.ts";
import type { RunReader } from "../read/mod.ts";

/**
 * Computes one SHA-256 of everything that two runs with the same seed and config
 * have in common: manifest, instances, steps, assertions, summary and the names
 * of artifact files, without ids, times and latencies (see `compareRuns`).
 *
 * The order of lines and of keys does not matter; neither do the content of
 * artifact files and the attempts that an interrupted run abandoned. The hashes
 * of the lines are added up, so it detects changes, but not forgeries. Reads the
 * run twice, in memory that does not grow with it.
 *
 * @example
 * ```ts
 * import { createRun, fingerprintRun, openRun } from "@windtunnel/artifacts";
 *
 * const fingerprints = new Set<string>();
 * for (let i = 0; i < 2; i++) {
 *   const run = await createRun({ sut_name: "ecommerce", seed: 42 });
 *   await run.startInstance({ scenario_id: "checkout" }).complete();
 *   await run.finalize();
 *   fingerprints.add(await fingerprintRun(await openRun(run.path)));
 * }
 * console.log(fingerprints.size); // 1
 * ```
 *
 * @returns 64 lowercase hex digits.
 * @throws {ArtifactError} `CORRUPT_LINE`, `READ_FAILED`
 */
export async function fingerprintRun(run: RunReader): Promise<string> {
  const normal = await NormalRun.open(run);
  const parts = [
    "windtunnel fingerprint 1",
    normal.manifest().text,
    await sumOfLines(normal.instances()),
    await sumOfLines(normal.steps()),
    await sumOfLines(normal.assertions()),
    await sumOfNames(normal),
    normal.summary()?.text ?? "no summary",
  ];
  return bytesToHex(sha256(new TextEncoder().encode(parts.join("\n"))));
}

async function sumOfLines(
  lines: AsyncIterable<{ text: string }[]>,
): Promise<string> {
  const sum = new HashSum();
  for await (const block of lines) {
    for (const { text } of block) sum.add(text);
  }
  return sum.toString();
}

async function sumOfNames(normal: NormalRun): Promise<string> {
  const sum = new HashSum();
  for await (const dir of normal.artifactDirs()) {
    for (const name of await normal.artifactNames(dir)) {
      sum.add(artifactPath(dir, name));
    }
  }
  return sum.toString();
}

/** Adds up the SHA-256 of texts, word by word: the same in any order. */
class HashSum {
  readonly #sum = new Uint32Array(8);
  readonly #encoder = new TextEncoder();
  #buffer = new Uint8Array(4096);
  #count = 0;

  add(text: string): void {
    // A character takes three bytes at most.
    if (this.#buffer.length < 3 * text.length) {
      this.#buffer = new Uint8Array(6 * text.length);
    }
    const { written } = this.#encoder.encodeInto(text, this.#buffer);
    const hash = createView(sha256(this.#buffer.subarray(0, written)));
    for (let i = 0; i < 8; i++) this.#sum[i]! += hash.getUint32(4 * i);
    this.#count++;
  }

  toString(): string {
    const bytes = new Uint8Array(32);
    this.#sum.forEach((word, i) => createView(bytes).setUint32(4 * i, word));
    return `${this.#count} ${bytesToHex(bytes)}`;
  }
}
