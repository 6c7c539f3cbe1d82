/**
 * Writes a run as one HTML file to look at.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { encodeBase64 } from "@std/encoding/base64";
import * as v from "valibot";
import {
  assertOptions,
  TextOption,
  wholeNumberOption,
} from "../check/options.ts";
import { timestamp } from "../format/timestamp.ts";
import { openRun } from "../read/mod.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { FileSystemOption } from "../storage/options.ts";
import { Budget } from "./budget.ts";
import { collect } from "./collect.ts";
import { ByteBuffer } from "./byte_buffer.ts";
import { columnsText } from "./columns_text.ts";
import { DamageList } from "./damage_list.ts";
import { type DetailsSource, writeDetails } from "./details.ts";
import { HtmlWriter } from "./html_writer.ts";
import { InstanceFiles } from "./instance_files.ts";
import type { ReportIndex } from "./model.ts";
import { PAGE_SCRIPT, PAGE_STYLE } from "./page.ts";

/** How {@linkcode writeReport} writes. */
export interface WriteReportOptions {
  /**
   * About how large the file may be, in bytes: what does not fit is left out, and
   * the report says so. Default: 50 MB; `Infinity` leaves out nothing.
   */
  bytesMax?: number;
  /** The name of the run in the commands that the report shows. Default: its path. */
  name?: string;
  /** Called for each instance that was written, to report progress. */
  onInstance?: () => void;
  /** The file system. Default: that of the runtime. */
  fs?: FileSystem;
}

const WriteReportOptionsSchema: v.GenericSchema<WriteReportOptions> = v
  .strictObject({
    bytesMax: v.optional(v.union([wholeNumberOption(1), v.literal(Infinity)])),
    name: v.optional(TextOption),
    onInstance: v.optional(
      v.custom<() => void>(
        (value) => typeof value === "function",
        "must be a function",
      ),
    ),
    fs: FileSystemOption,
  });

/** What {@linkcode writeReport} wrote. */
export interface WrittenReport {
  /** Length of the file in bytes. */
  bytes: number;
  /** Number of instances. */
  instances: number;
  /** Number of those whose records were left out, for their size. */
  omitted: number;
  /** What could not be read of the run. */
  damage: string[];
}

const BYTES_MAX_DEFAULT = 50_000_000;

/**
 * Records that are compressed together: the page inflates one chunk at a time. In a
 * small report a chunk is smaller: its size is known when it was compressed.
 */
const CHUNK_BYTES = 256 * 1024;
const CHUNK_BYTES_MIN = 16 * 1024;
const CHUNKS_MIN = 8;

/**
 * Writes a run, finished or not, as one HTML file that needs no network: overview,
 * failures by cause, all instances, and each of them step by step. Memory is bounded
 * by what was in flight at a time and some tens of bytes for each instance.
 *
 * Recorded text never runs in it: a Content-Security-Policy allows its own script
 * and style alone, and text is shown as text.
 *
 * @param path The run directory.
 * @param sink Takes the bytes, and is closed at the end, or aborted.
 * @throws {ArtifactError} `RUN_NOT_FOUND`, `CORRUPT_FILE` where the manifest cannot
 * be read, `UNSUPPORTED_VERSION`, `READ_FAILED`, `INVALID_OPTION`; and what the sink
 * throws
 *
 * @example
 * ```ts
 * import { createRun, writeReport } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * await run.startInstance({ scenario_id: "checkout" }).complete();
 * await run.finalize();
 *
 * let html = "";
 * const decoder = new TextDecoder();
 * const { instances } = await writeReport(run.path, new WritableStream({
 *   write: (bytes) => void (html += decoder.decode(bytes, { stream: true })),
 * }));
 * console.log(instances, html.startsWith("<!doctype html>")); // 1 true
 * ```
 */
export async function writeReport(
  path: string,
  sink: WritableStream<Uint8Array>,
  options: WriteReportOptions = {},
): Promise<WrittenReport> {
  assertOptions("writeReport", WriteReportOptionsSchema, options);
  const { bytesMax = BYTES_MAX_DEFAULT, name = path } = options;
  const writer = new HtmlWriter(sink);
  try {
    const damage = new DamageList();
    const run = await openRun(path, {
      onDamage: (error) => damage.add(error),
      ...(options.fs && { fs: options.fs }),
    });
    const collected = await collect(run);
    const { instances } = collected;
    await writer.text(headOf(run.run_id));
    await writer.part("instances", columnsText(instances));
    await writer.flush();
    const source = { run, instances, isSound: damage.isEmpty };
    // What comes after them: the script, and about a byte for each instance.
    const rest = PAGE_SCRIPT.length + instances.length;
    const room = bytesMax - writer.bytes - rest;
    await writeRecords(writer, source, room, options);
    const omitted = instances.chunk.filter((chunk) => chunk === -1).length;
    const index: ReportIndex = {
      ...collected.index,
      chunk: Array.from(instances.chunk),
      name,
      state: run.state === "interrupted" && !run.summary
        ? "crashed"
        : run.state,
      writtenAt: timestamp(),
      omitted,
      damage: damage.list(),
    };
    await writer.part("index", [JSON.stringify(index)]);
    await writer.text(`<script>${PAGE_SCRIPT}</script>\n</body>\n</html>\n`);
    await writer.close();
    return {
      bytes: writer.bytes,
      instances: instances.length,
      omitted,
      damage: index.damage,
    };
  } catch (error) {
    await writer.abort(error);
    throw error;
  }
}

/** Writes the records of instances, the worthiest where not all fit. */
async function writeRecords(
  writer: HtmlWriter,
  source: Omit<DetailsSource, "files" | "wants">,
  bytesMax: number,
  { onInstance = () => {} }: WriteReportOptions,
): Promise<void> {
  const { run, instances } = source;
  const files = await InstanceFiles.find(run, instances);
  const budget = new Budget(instances, bytesMax);
  const chunkBytes = Math.min(
    CHUNK_BYTES,
    Math.max(CHUNK_BYTES_MIN, bytesMax / CHUNKS_MIN),
  );
  const details = new ByteBuffer(2 * chunkBytes);
  let chunk = 0;
  let records = 0;
  const flush = async () => {
    if (details.length === 0) return;
    details.addText("]");
    const written = records;
    records = 0;
    await writer.part(
      `chunk-${chunk++}`,
      [details.take()],
      (bytes) => budget.note(written, bytes),
    );
    if (chunk === 1) await writer.flush(); // All that is known of sizes by then.
  };
  const wants = (place: number) => budget.wants(place);
  do {
    const start = () => details.addText(details.length === 0 ? "[" : ",");
    const places = writeDetails({ ...source, files, wants }, details, start);
    for await (const place of places) {
      onInstance();
      instances.chunk[place] = chunk;
      records += budget.recordsOf(place);
      if (details.length >= chunkBytes) await flush();
    }
    await flush();
    await writer.flush();
  } while (budget.nextPass());
}

function headOf(title: string): string {
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(PAGE_SCRIPT)}'`,
    `style-src '${hashOf(PAGE_STYLE)}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<div id="page"></div>
`;
}

function hashOf(text: string): string {
  return `sha256-${encodeBase64(sha256(new TextEncoder().encode(text)))}`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
