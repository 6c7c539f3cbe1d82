/** Reads what a report holds, without a browser. */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { writeReport, type WriteReportOptions } from "../../mod.ts";
import type {
  InstanceChanges,
  InstanceColumns,
  InstanceDetails,
  ReportIndex,
} from "../../src/report/model.ts";

/** What a report holds. */
export interface ReadReport {
  bytes: number;
  index: ReportIndex;
  instances: InstanceColumns;
  /** Left out where the run is compared with no other. */
  changes: InstanceChanges | undefined;
  /** By instance id; only those whose records are in it. */
  details: Map<string, InstanceDetails>;
}

/** Writes the report of a run and reads it. */
export async function reportOf(
  path: string,
  options: WriteReportOptions = {},
): Promise<ReadReport> {
  const parts: Uint8Array[] = [];
  const sink = new WritableStream<Uint8Array>({
    write: (bytes) => void parts.push(bytes),
  });
  const { bytes } = await writeReport(path, sink, options);
  assert.equal(bytes, parts.reduce((sum, { length }) => sum + length, 0));
  const html = await new Blob(parts as BlobPart[]).text();
  const texts = new Map(
    [...html.matchAll(/<script type="text\/plain" id="([^"]+)">([^<]+)</g)]
      .map(([, id, base64]) => [
        id!,
        JSON.parse(gunzipSync(Buffer.from(base64!, "base64")).toString()),
      ]),
  );
  const own = new Set(
    texts.get("index").chunk.map((n: number) => `chunk-${n}`),
  );
  const chunks = [...texts].filter(([id]) => own.has(id))
    .flatMap(([, details]) => details as InstanceDetails[]);
  return {
    bytes,
    index: texts.get("index"),
    instances: texts.get("instances"),
    changes: texts.get("changes"),
    details: new Map(chunks.map((details) => [details.id, details])),
  };
}
