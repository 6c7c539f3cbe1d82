/**
 * Compares the summary of a run with what its lines and its manifest say.
 *
 * @module
 */
import type { Manifest, Summary } from "../format/records.ts";
import type { Tally } from "../format/tally.ts";
import { compareValues, type Difference } from "../json/diff.ts";
import { compactJson } from "../json/preview.ts";
import { type JsonObject, prettyJson } from "../json/value.ts";
import type { Problems } from "./report.ts";

/** The relative rounding that another writer's figures may have. */
const ROUNDING = 1e-4;

/** Maximum distance of two percentiles that are each within 1 %. */
const PERCENTILE = /^p\d\d_latency_ms$/;
const PERCENTILE_ROUNDING = 0.021;

/** What another writer may count in other buckets. */
const SKETCH = /(?:^|\.)latency_sketch\./;

/** What a summary is compared with. */
export interface Counted {
  /** All lines of the run, counted. */
  tally: Tally;
  /** Number of instances that started and never completed. */
  incompleteCount: number;
  /** Null where it cannot be read. */
  manifest: Manifest | null;
}

/**
 * Reports each field of a summary that does not follow from the lines, and bytes
 * that are not those of the format. Figures of another writer than this library
 * may be rounded, and its sketch is not recounted.
 *
 * @param text The file as it is.
 * @param file Its path.
 */
export function verifySummary(
  summary: Summary,
  text: string,
  { tally, incompleteCount, manifest }: Counted,
  file: string,
  problems: Problems,
): void {
  if (manifest && summary.run_id !== manifest.run_id) {
    problems.add(
      "RUN_ID_MISMATCH",
      file,
      `The summary belongs to run "${summary.run_id}", not to "${manifest.run_id}"`,
    );
  }
  const isOurs = manifest?.created_by.startsWith("@windtunnel/artifacts@");
  const expected = tally.summary(
    { run_id: summary.run_id, timestamp: manifest?.timestamp ?? "" },
    summary.status,
    summary.completed_at,
    incompleteCount,
    summary.files,
  );
  if (!manifest) expected.duration_ms = summary.duration_ms;
  const { differences } = compareValues(
    asJson(summary),
    asJson({ ...summary, ...expected }),
  );
  for (const difference of differences) {
    if (!isOurs && isRounded(difference)) continue;
    const { path, recorded, actual } = difference;
    problems.add(
      "SUMMARY_MISMATCH",
      file,
      `The summary has ${path} ${shown(recorded)}, but the lines add up to ${
        shown(actual)
      }`,
    );
  }
  if (isOurs && text !== prettyJson(asJson(summary))) {
    problems.add(
      "SUMMARY_MISMATCH",
      file,
      `"${file}" is not written as this library writes it: it was changed`,
    );
  }
}

function asJson(summary: Summary): JsonObject {
  return summary as unknown as JsonObject;
}

function shown(value: Difference["actual"]): string {
  return value === undefined ? "nothing" : compactJson(value);
}

function isRounded({ path, recorded, actual }: Difference): boolean {
  if (SKETCH.test(path)) return true;
  return typeof recorded === "number" && typeof actual === "number" &&
    !Number.isInteger(actual) &&
    Math.abs(recorded - actual) <=
      (PERCENTILE.test(path) ? PERCENTILE_ROUNDING : ROUNDING) * actual;
}
