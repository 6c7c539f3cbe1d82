/**
 * The fingerprint of a run.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { artifactPath } from "../format/layout.ts";
import { type NormalLine, NormalRun } from "./normal_run.ts";
import type { RunReader } from "../read/mod.ts";

/**
 * One SHA-256 of all that two runs with the same seed and config have in common:
 * manifest, instances, steps, assertions, summary and the names of the artifact
 * files, without ids, times and latencies (see `compareRuns`), in whatever order
 * the lines and their keys are; a number counts as the value that it is. What
 * artifact files hold does not count, and neither do the attempts that an
 * interrupted run left behind.
 *
 * Reads the run twice, in memory that does not grow with it. It finds changes,
 * not forgers: the lines' hashes are added up.
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
    normal.manifest(),
    await sumOfLines(normal.instances()),
    await sumOfLines(normal.steps()),
    await sumOfLines(normal.assertions()),
    await sumOfNames(normal),
    normal.summary() ?? "no summary",
  ];
  return bytesToHex(sha256(new TextEncoder().encode(parts.join("\n"))));
}

async function sumOfLines(
  lines: AsyncIterable<NormalLine<unknown>[]>,
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

/** The SHA-256 of texts, added up word by word: the same in any order. */
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
    const hash = new DataView(sha256(this.#buffer.subarray(0, written)).buffer);
    for (let i = 0; i < 8; i++) this.#sum[i]! += hash.getUint32(4 * i);
    this.#count++;
  }

  toString(): string {
    const digits = Array.from(
      this.#sum,
      (digit) => digit.toString(16).padStart(8, "0"),
    );
    return `${this.#count} ${digits.join("")}`;
  }
}
