/**
 * Seals runs: the hashes by which a later change is found.
 *
 * @module
 */
export { ArtifactsSum } from "./artifacts_sum.ts";
export { sealArtifacts, sealFile, sealRun } from "./seal_run.ts";
