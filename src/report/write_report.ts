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
import type { ArtifactError } from "../errors.ts";
import { timestamp } from "../format/timestamp.ts";
import { openRun } from "../read/mod.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { FileSystemOption } from "../storage/options.ts";
import { collect, type Collected } from "./collect.ts";
import { detailsOf } from "./details.ts";
import type { InstanceDetails, ReportIndex } from "./model.ts";
import { PAGE_SCRIPT, PAGE_STYLE } from "./page.ts";
import { byWorth } from "./select.ts";

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

/** Records that are compressed together: the page inflates one chunk at a time. */
const CHUNK_LENGTH = 256 * 1024;

/** How much smaller records become, before anything was measured. */
const COMPRESSION = 8;

/**
 * Writes a run, finished or not, as one HTML file that needs no network: overview,
 * failures by cause, all instances, and each of them step by step. Memory is bounded
 * by what was in flight at a time and some hundred bytes for each instance.
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
  const writer = new HtmlWriter(sink);
  try {
    const damage = new Set<string>();
    const onDamage = ({ message }: ArtifactError) => void damage.add(message);
    const run = await openRun(path, {
      onDamage,
      ...(options.fs && { fs: options.fs }),
    });
    const collected = await collect(run);
    await writer.text(headOf(run.run_id));
    await writeChunks(writer, run, collected, options);
    const { instances } = collected.index;
    const index: ReportIndex = {
      ...collected.index,
      name: options.name ?? path,
      state: run.state === "interrupted" && !run.summary
        ? "crashed"
        : run.state,
      writtenAt: timestamp(),
      omitted: instances.chunk.filter((chunk) => chunk === -1).length,
      damage: [...damage],
    };
    await writer.data("index", JSON.stringify(index));
    await writer.text(`<script>${PAGE_SCRIPT}</script>\n</body>\n</html>\n`);
    await writer.close();
    return {
      bytes: writer.bytes,
      instances: instances.id.length,
      omitted: index.omitted,
      damage: index.damage,
    };
  } catch (error) {
    await writer.abort(error);
    throw error;
  }
}

/** Writes the records of instances, the worthiest first where not all fit. */
async function writeChunks(
  writer: HtmlWriter,
  run: Parameters<typeof detailsOf>[0],
  collected: Collected,
  { bytesMax = BYTES_MAX_DEFAULT, onInstance = () => {} }: WriteReportOptions,
): Promise<void> {
  const { instances } = collected.index;
  const wanted = new Set(fitting(collected, bytesMax));
  let chunk = 0;
  let length = 0;
  let details: InstanceDetails[] = [];
  const flush = async () => {
    if (details.length === 0) return;
    await writer.data(`chunk-${chunk++}`, JSON.stringify(details));
    details = [];
    length = 0;
  };
  for await (const one of detailsOf(run, collected, wanted)) {
    onInstance();
    if (writer.bytes > bytesMax) break;
    instances.chunk[one.place] = chunk;
    details.push(one.details);
    length += JSON.stringify(one.details).length;
    if (length >= CHUNK_LENGTH) await flush();
  }
  await flush();
}

/** The places of the instances that will fit, as far as can be told before. */
function fitting(
  { index, recordCounts }: Collected,
  bytesMax: number,
): Iterable<number> {
  const { instances, summary } = index;
  const files = summary?.files;
  const perRecord = files
    ? (files["steps.jsonl"].bytes + files["assertions.jsonl"].bytes) /
      Math.max(1, summary.total_steps + summary.total_assertions)
    : 500;
  let room = bytesMax;
  const places: number[] = [];
  for (const place of byWorth(instances)) {
    // Base64 adds a third; requests and responses are about as large as the rest.
    room -= (recordCounts[place]! + 1) * perRecord * 2 * 1.34 / COMPRESSION;
    if (room < 0) break;
    places.push(place);
  }
  return places;
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

/** Writes parts of the file, and counts its bytes. */
class HtmlWriter {
  bytes = 0;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(sink: WritableStream<Uint8Array>) {
    this.#writer = sink.getWriter();
    this.#writer.closed.catch(() => {}); // Each write reports it.
  }

  async text(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    this.bytes += bytes.length;
    await this.#writer.write(bytes);
  }

  /** Text that is inflated only when it is asked for, and that nothing can end. */
  async data(id: string, text: string): Promise<void> {
    const compressed = new Blob([text]).stream()
      .pipeThrough(new CompressionStream("gzip"));
    const bytes = new Uint8Array(await new Response(compressed).arrayBuffer());
    await this.text(
      `<script type="text/plain" id="${id}">${encodeBase64(bytes)}</script>\n`,
    );
  }

  async close(): Promise<void> {
    await this.#writer.close();
  }

  async abort(reason: unknown): Promise<void> {
    await this.#writer.abort(reason).catch(() => {}); // The caller gets the reason.
  }
}
