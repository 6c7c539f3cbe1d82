/**
 * Derives the manifest, the status and the permissions of a merged run.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Manifest, Summary } from "../format/records.ts";
import { CREATED_BY } from "../format/version.ts";
import { runPermissions } from "../read/internal.ts";
import type { MergeSource } from "./merge_sources.ts";

/** The manifest of the merged run. */
export function mergedManifest(
  sources: readonly MergeSource[],
  run_id: string,
): Manifest {
  const manifests = sources.map(({ run }) => run.manifest);
  const timestamps = manifests.map(({ timestamp }) => timestamp).sort();
  return {
    ...manifests[0]!,
    run_id,
    nonce: commonNonce(manifests),
    timestamp: timestamps[0]!,
    scenario_ids: [...new Set(manifests.flatMap((m) => m.scenario_ids))],
    shard: null,
    merged_from: manifests.map(({ run_id }) => run_id),
    created_by: CREATED_BY,
  };
}

/** A nonce that follows from those of the runs, in whatever order they are given. */
function commonNonce(manifests: readonly Manifest[]): string {
  const nonces = manifests.map(({ nonce }) => nonce).sort().join("\n");
  const hash = sha256(new TextEncoder().encode(nonces));
  return bytesToHex(hash.subarray(0, 16));
}

/** `"completed"` where all the runs are, and none is missing. */
export function statusOf(
  sources: readonly MergeSource[],
  missingShards: readonly number[],
): Summary["status"] {
  return missingShards.length === 0 &&
      sources.every(({ run }) => run.state === "completed")
    ? "completed"
    : "interrupted";
}

/** Permissions that all the runs grant; undefined where the system has none. */
export async function commonPermissions(
  sources: readonly MergeSource[],
): Promise<number | undefined> {
  let common: number | undefined;
  for (const { fs, paths } of sources) {
    const permissions = await runPermissions(fs, paths);
    if (permissions === undefined) continue;
    common = common === undefined ? permissions : common & permissions;
  }
  return common;
}
