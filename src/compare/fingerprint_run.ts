/**
 * Computes the fingerprint of a run.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { artifactPath } from "../format/layout.ts";
import { NormalRun } from "./normal_run.ts";
import { finish, HashSum, hashText, newHash, SEED } from "./tree_hash.ts";
import { assertReader } from "../check/assert_reader.ts";
import type { RunReader } from "../read/mod.ts";

/**
 * Computes one SHA-256 of everything that two runs with the same seed and config
 * have in common: manifest, instances, steps, assertions, summary and the names
 * of artifact files, without ids, times and latencies (see `compareRuns`). Of the
 * request and the response of a step it counts that they were recorded, so that
 * the form (`requests` of `createRun`) makes no difference.
 *
 * The order of lines and of keys does not matter; neither do the content of
 * artifact files and the attempts that an interrupted run abandoned. The hashes
 * of the lines, of 128 bits, are added up, so it detects changes, but not
 * forgeries. Lines as this library writes them are not parsed. Memory does not
 * grow with the run.
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
  assertReader("fingerprintRun", run);
  const normal = await NormalRun.open(run);
  const parts = [
    "windtunnel fingerprint 3",
    normal.manifest().text,
    await normal.sumOfLines("instance"),
    await normal.sumOfLines("step"),
    await normal.sumOfLines("assertion"),
    await sumOfNames(normal),
    normal.summary()?.text ?? "no summary",
  ];
  return bytesToHex(sha256(new TextEncoder().encode(parts.join("\n"))));
}

async function sumOfNames(normal: NormalRun): Promise<string> {
  const [sum, hash] = [new HashSum(), newHash()];
  for await (const dir of normal.artifactDirs()) {
    for (const name of await normal.artifactNames(dir)) {
      hashText(hash, SEED.text, artifactPath(dir, name));
      finish(hash);
      sum.add(hash);
    }
  }
  return sum.toString();
}
