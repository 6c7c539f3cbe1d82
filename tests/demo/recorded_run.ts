/**
 * A run directory as plain data, to compare it with another one.
 *
 * @module
 */
import { readdir, readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import type { JsonValue } from "../../mod.ts";

/** What two runs with the same seed and config have in common. */
export interface RecordedRun {
  /** Paths of all files, relative to the run directory, sorted. */
  tree: string[];
  /** Without volatile fields. */
  manifest: JsonValue;
  /** Without volatile fields and what is computed from latencies. */
  summary: JsonValue;
  /** Lines per JSONL file, by instance, without volatile fields. */
  lines: Record<string, string[]>;
  /** Artifacts by path, without volatile headers. */
  artifacts: Record<string, string>;
  /** Artifacts by path, byte for byte. */
  rawArtifacts: Record<string, string>;
}

/** Fields that differ between equal runs, and the headers made of them. */
const VOLATILE = new Set([
  "run_id",
  "correlation_id",
  "nonce",
  "span_id",
  "shard",
  "merged_from",
  "latency_sketch",
  "files",
  "stack",
  // What the runtime says of a lost connection.
  "cause",
  "timestamp",
  "started_at",
  "completed_at",
  "duration_ms",
  "latency_ms",
  "created_by",
  "p50_latency_ms",
  "p95_latency_ms",
  "p99_latency_ms",
  "x-correlation-id",
  "traceparent",
]);

const JSONL = ["instances.jsonl", "steps.jsonl", "assertions.jsonl"];

/** Reads a finished run with nothing but `JSON.parse`. */
export async function readRecordedRun(path: string): Promise<RecordedRun> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const tree = entries.filter((entry) => entry.isFile()).map((entry) =>
    join(entry.parentPath, entry.name).slice(path.length + 1)
      .replaceAll(sep, "/")
  ).sort();
  const text = (name: string) => readFile(join(path, name), "utf8");
  const run: RecordedRun = {
    tree,
    manifest: stable(await text("manifest.json")),
    summary: stable(await text("summary.json")),
    lines: {},
    artifacts: {},
    rawArtifacts: {},
  };
  for (const name of JSONL) run.lines[name] = stableLines(await text(name));
  for (const name of tree) {
    if (!name.startsWith("artifacts/")) continue;
    const content = await text(name);
    run.rawArtifacts[name] = content;
    run.artifacts[name] = JSON.stringify(stable(content));
  }
  return run;
}

/** Instances in order; the lines of each in the order in which they came. */
function stableLines(content: string): string[] {
  const records = content.split("\n").slice(0, -1).map((line) =>
    stable(line) as { instance_id: string }
  );
  // Sorting is stable, so the order within an instance is compared too.
  records.sort((a, b) =>
    a.instance_id < b.instance_id ? -1 : +(a.instance_id > b.instance_id)
  );
  return records.map((record) => JSON.stringify(record));
}

function stable(json: string): JsonValue {
  return JSON.parse(
    json,
    (key, value) => VOLATILE.has(key) ? undefined : value,
  );
}
