/**
 * Writes a run as one HTML file to look at.
 *
 * @module
 */
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
import { Baseline } from "./baseline.ts";
import { collect } from "./collect.ts";
import { Chunks, writePairs, writeRecords } from "./chunks.ts";
import { columnsText } from "./columns_text.ts";
import { DamageList } from "./damage_list.ts";
import { HtmlWriter } from "./html_writer.ts";
import type { ReportIndex } from "./model.ts";
import { PAGE_SCRIPT } from "./page.ts";
import { PAGE_END, pageStart } from "./page_frame.ts";

/** How {@linkcode writeReport} writes. */
export interface WriteReportOptions {
  /**
   * About how large the file may be, in bytes: what does not fit is left out, and
   * the report says so. Default: 50 MB; `Infinity` leaves out nothing.
   */
  bytesMax?: number;
  /** The name of the run in the commands that the report shows. Default: its path. */
  name?: string;
  /**
   * An earlier run to compare with: the report shows what is newly failing, newly
   * passing and slower, and which answers have changed, by cause.
   */
  baseline?: {
    /** Its directory. */
    path: string;
    /** Its name in the commands that the report shows. Default: its path. */
    name?: string;
  };
  /** Called for each instance that was written, to report progress. */
  onInstance?: () => void;
  /** The file system. Default: that of the runtime. */
  fs?: FileSystem;
}

const WriteReportOptionsSchema: v.GenericSchema<WriteReportOptions> = v
  .strictObject({
    bytesMax: v.optional(v.union([wholeNumberOption(1), v.literal(Infinity)])),
    name: v.optional(TextOption),
    baseline: v.optional(
      v.strictObject({ path: TextOption, name: v.optional(TextOption) }),
    ),
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

/** The part of the room for records of the earlier run. */
const PAIRS_PART = 1 / 5;

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
    const open = (path: string) =>
      openRun(path, {
        onDamage: (error) => damage.add(error),
        ...(options.fs && { fs: options.fs }),
      });
    const run = await open(path);
    const collected = await collect(run);
    const { instances } = collected;
    const before = options.baseline;
    const baseline = before && await Baseline.read(
      await open(before.path),
      run,
      instances,
      before.name ?? before.path,
    );
    await writer.text(pageStart(run.run_id));
    await writer.part("instances", columnsText(instances));
    await writer.flush();
    const isSound = damage.isEmpty;
    // What comes after them: the script, and about a byte for each instance.
    const rest = PAGE_SCRIPT.length + instances.length;
    const room = bytesMax - writer.bytes - rest;
    const part = baseline ? PAIRS_PART : 0;
    const chunks = new Chunks(writer, room);
    const source = { run, instances, isSound };
    await writeRecords(chunks, source, room * (1 - part), options.onInstance);
    if (baseline) {
      await writePairs(chunks, baseline, source, room * part);
      await writer.part("changes", [JSON.stringify(baseline.changes)]);
    }
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
      comparison: baseline ? baseline.comparison : null,
    };
    await writer.part("index", [JSON.stringify(index)]);
    await writer.text(PAGE_END);
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
