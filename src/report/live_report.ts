/**
 * A report of a run that goes on, for a server on this machine.
 *
 * @module
 */
import * as v from "valibot";
import { LiveTotals } from "../analyze/mod.ts";
import { assertOptions, TextOption } from "../check/options.ts";
import { openRun, type RunReader } from "../read/mod.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { FileSystemOption } from "../storage/options.ts";
import { LIVE_POLICY, livePage } from "./page_frame.ts";
import { writeReport } from "./write_report.ts";

/** How often counts are sent, and how often a report is written at most. */
const COUNTS_MS = 250;
const REPORT_MS_MIN = 1_000;

/** Writing may take a part of the time: a large run is written less often. */
const PAUSE_FACTOR = 4;

/** Options of {@linkcode liveReport}. */
export interface LiveReportOptions {
  /** The name of the run in the commands that the report shows. Default: its path. */
  name?: string;
  /** The file system. Default: that of the runtime. */
  fs?: FileSystem;
}

const LiveReportOptionsSchema: v.GenericSchema<LiveReportOptions> = v
  .strictObject({ name: v.optional(TextOption), fs: FileSystemOption });

/**
 * Follows a run and answers the requests of a browser on this machine with its
 * report: `/` is the page, `/report` the latest report, `/events` the counts and
 * each new report as server-sent events. Nothing can be changed by a request. A
 * request to another host than `localhost` or a loopback address, or from a page of
 * another origin, is refused with 403.
 *
 * @param path The run directory.
 * @throws {ArtifactError} `RUN_NOT_FOUND`, `CORRUPT_FILE` where the manifest cannot
 * be read, `UNSUPPORTED_VERSION`, `READ_FAILED`, `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { createRun, liveReport } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * const live = await liveReport(run.path);
 * const answer = await live.respond(new Request("http://localhost:8080/"));
 * console.log(answer.status); // 200
 * await live.close();
 * await run.finalize();
 * ```
 */
export async function liveReport(
  path: string,
  options: LiveReportOptions = {},
): Promise<LiveReport> {
  assertOptions("liveReport", LiveReportOptionsSchema, options);
  const run = await openRun(path, reading(options));
  return new LiveReport(run, options);
}

function reading({ fs }: LiveReportOptions) {
  return { onDamage: () => {}, ...(fs && { fs }) }; // The report lists damage.
}

/** Made by {@linkcode liveReport}. */
export class LiveReport {
  readonly #run: RunReader;
  readonly #options: LiveReportOptions;
  readonly #totals: LiveTotals;
  readonly #end = new AbortController();
  readonly #listeners = new Set<Listener>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #following: Promise<void>;
  #report: Promise<Uint8Array<ArrayBuffer>> | undefined;
  /** Counts the reports. */
  #version = 0;
  #isWriting = false;
  #nextReportMs = 0;
  #hasNewRecords = true;
  #hasNewCounts = true;
  #writtenState = "";

  /** @internal */
  constructor(run: RunReader, options: LiveReportOptions) {
    this.#run = run;
    this.#options = options;
    this.#totals = new LiveTotals(run.manifest.scenario_ids);
    this.#following = this.#follow();
    this.#timer = setInterval(() => this.#tick(), COUNTS_MS);
  }

  /**
   * Answers a request.
   *
   * @param request Its URL has the host that the browser asked for.
   *
   * @example
   * ```ts
   * import { createRun, liveReport } from "@windtunnel/artifacts";
   *
   * const run = await createRun({ sut_name: "ecommerce" });
   * const live = await liveReport(run.path);
   * const { status } = await live.respond(new Request("http://evil.test/"));
   * console.log(status); // 403
   * await live.close();
   * await run.finalize();
   * ```
   */
  async respond(request: Request): Promise<Response> {
    const { hostname, host, pathname } = new URL(request.url);
    const origin = request.headers.get("origin");
    const site = request.headers.get("sec-fetch-site") ?? "none";
    if (
      !LOOPBACK.has(hostname) || origin && origin !== `http://${host}` ||
      !["none", "same-origin"].includes(site)
    ) {
      return answer(
        "This report is for this machine alone.\n",
        "text/plain",
        403,
      );
    }
    if (request.method !== "GET") {
      return answer("A report can be read only.\n", "text/plain", 405);
    }
    if (pathname === "/") {
      return answer(livePage(this.#run.run_id), "text/html; charset=utf-8");
    }
    if (pathname === "/report") {
      const report = await (this.#report ??= this.#write());
      return answer(report, "text/html; charset=utf-8");
    }
    if (pathname === "/events") {
      return answer(this.#events(), "text/event-stream");
    }
    return answer("There is no such page.\n", "text/plain", 404);
  }

  /**
   * Stops following, and ends the answers that are still open.
   *
   * @example
   * ```ts
   * import { createRun, liveReport } from "@windtunnel/artifacts";
   *
   * const run = await createRun({ sut_name: "ecommerce" });
   * const live = await liveReport(run.path);
   * await live.close();
   * await run.finalize();
   * ```
   */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#end.abort();
    for (const listener of this.#listeners) listener.close();
    this.#listeners.clear();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#end;
    const records = this.#run.follow({ signal, onCorruptLine: () => {} });
    try {
      for await (const record of records) {
        this.#totals.add(record);
        this.#hasNewRecords = this.#hasNewCounts = true;
      }
    } catch {
      // Writing the report meets the same error, and the page shows it.
      this.#hasNewRecords = true;
    }
  }

  #tick(): void {
    if (this.#hasNewCounts) {
      this.#hasNewCounts = false;
      const { total_instances, pass_count, fail_count, total_steps } = this
        .#totals.current();
      this.#send("counts", {
        total_instances,
        pass_count,
        fail_count,
        total_steps,
      });
    }
    // A report that nobody looks at is not written.
    if (this.#listeners.size > 0 && !this.#isWriting) void this.#renew();
  }

  /** Writes a new report where there is something new, and not too often. */
  async #renew(): Promise<void> {
    if (performance.now() < this.#nextReportMs) return;
    this.#isWriting = true;
    const startedMs = performance.now();
    try {
      const { path } = this.#run;
      const { state } = await openRun(path, reading(this.#options));
      if (!this.#hasNewRecords && state === this.#writtenState) return;
      this.#hasNewRecords = false;
      const report = this.#write();
      await report;
      this.#writtenState = state;
      this.#report = report;
      this.#send("report", { version: ++this.#version, state });
    } catch (error) {
      this.#send("problem", { message: String(error) });
    } finally {
      const tookMs = performance.now() - startedMs;
      this.#nextReportMs = performance.now() +
        Math.max(REPORT_MS_MIN, PAUSE_FACTOR * tookMs);
      this.#isWriting = false;
    }
  }

  async #write(): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    const sink = new WritableStream<Uint8Array<ArrayBuffer>>({
      write: (bytes) => void parts.push(bytes),
    });
    await writeReport(
      this.#run.path,
      sink as WritableStream<Uint8Array>,
      this.#options,
    );
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  }

  #events(): ReadableStream<Uint8Array<ArrayBuffer>> {
    let listener: Listener;
    return new ReadableStream({
      start: (controller) => {
        listener = controller;
        this.#listeners.add(controller);
        if (this.#version > 0) this.#send("report", { version: this.#version });
        this.#hasNewCounts = true;
      },
      cancel: () => void this.#listeners.delete(listener),
    });
  }

  #send(event: string, data: unknown): void {
    const bytes = new TextEncoder().encode(
      `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
    );
    for (const listener of this.#listeners) {
      // A browser that does not read gets no more: the next event says it all.
      if ((listener.desiredSize ?? 0) > -EVENTS_MAX) listener.enqueue(bytes);
    }
  }
}

type Listener = ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;

/** Events that may wait for one browser. */
const EVENTS_MAX = 100;

const LOOPBACK: ReadonlySet<string> = new Set([
  "localhost",
  "127.0.0.1",
  "[::1]",
]);

function answer(
  body: BodyInit,
  type: string,
  status: number = 200,
): Response {
  return new Response(body, {
    status,
    headers: {
      "content-type": type,
      "cache-control": "no-store",
      "content-security-policy": LIVE_POLICY,
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    },
  });
}
