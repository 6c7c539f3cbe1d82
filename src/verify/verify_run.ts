/**
 * Verifies a whole run.
 *
 * @module
 */
import * as v from "valibot";
import { fileSystemOf, loadSha256 } from "../adapters/mod.ts";
import type { Summary } from "../format/records.ts";
import { readFile } from "../storage/read_file.ts";
import { assertOptions, assertPath } from "../check/options.ts";
import { recordFiles, type RunPaths, runPaths } from "../format/layout.ts";
import { readManifest, readSummary, runState } from "../read/internal.ts";
import type { OpenRunOptions, RunState } from "../read/mod.ts";
import { confineTo } from "../storage/confined.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import { findWriter } from "../storage/lock_file.ts";
import { FileSystemOption } from "../storage/options.ts";
import { findTornTail } from "../storage/torn_tail.ts";
import { Problems, type VerificationReport } from "./report.ts";
import type { Secrets } from "./secret_forms.ts";
import { ArtifactVerifier } from "./verify_artifacts.ts";
import { RecordVerifier } from "./verify_records.ts";
import { verifySeal } from "./verify_seal.ts";
import { verifySummary } from "./verify_summary.ts";

/** Options of {@linkcode verifyRun}. */
export interface VerifyRunOptions extends Pick<OpenRunOptions, "fs"> {
  /**
   * Values that must not be in the run, each of at least 6 bytes: a list, or an
   * object with their names as keys. Every file and file name is searched for
   * them in all the forms of docs/security.md. No message repeats them.
   */
  secrets?: Secrets;
  /** A seal that was noted (see `VerificationReport.seal`), to hold the run to it. */
  expectedSeal?: string;
}

const VerifyRunOptionsSchema: v.GenericSchema<VerifyRunOptions> = v
  .strictObject({
    fs: FileSystemOption,
    expectedSeal: v.optional(
      v.pipe(
        v.string("must be a text"),
        v.regex(/^[0-9a-f]{64}$/i, "must be 64 hex digits"),
      ),
    ),
    secrets: v.optional(v.union([
      v.array(v.string()),
      v.record(v.string(), v.string()),
    ], "must be a list of texts, or an object of texts by name")),
  });

/**
 * Reads a whole run once and reports, as data, everything that is wrong with it.
 * Changes nothing.
 *
 * Checked are: the seal, by which any byte that was changed, added or removed
 * since the run ended is found; every field of the summary, counted anew from
 * the lines; step indexes without gap or repeat; one correlation id for each
 * attempt at an instance; the same run id in every record; verdicts and times
 * that contradict each other; the artifact files that steps name; and that the
 * directory holds nothing that the format does not know. An attacker who can change
 * the files can also make a new seal: note the seal elsewhere (`seal` of the
 * report), and pass it as `expectedSeal`. Not checked is the JSON of a request or
 * response of more than 16 MiB.
 *
 * Steps of an instance that did not complete are not a problem, and neither are
 * earlier attempts of a resumed run. Memory: about 30 bytes for each instance
 * with a counted id, some hundred for others.
 *
 * @param path The run directory.
 * @throws {ArtifactError} `RUN_NOT_FOUND`, `UNSUPPORTED_VERSION`, `READ_FAILED`,
 * `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { createRun, verifyRun } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * await run.startInstance({ scenario_id: "checkout" }).complete();
 * await run.finalize();
 *
 * const { ok, problems } = await verifyRun(run.path);
 * console.log(ok); // true
 * for (const { code, message } of problems) console.log(code, message);
 * ```
 */
export async function verifyRun(
  path: string,
  options: VerifyRunOptions = {},
): Promise<VerificationReport> {
  assertPath("verifyRun", path);
  assertOptions("verifyRun", VerifyRunOptionsSchema, options);
  const fs = confineTo(await fileSystemOf(options.fs), path);
  const verification = new Verification(fs, runPaths(path));
  return await verification.report(
    options.secrets ?? [],
    options.expectedSeal,
  );
}

/** One verification of one run. */
class Verification {
  readonly #fs: FileSystem;
  readonly #paths: RunPaths;
  readonly #problems: Problems;

  constructor(fs: FileSystem, paths: RunPaths) {
    this.#fs = fs;
    this.#paths = paths;
    this.#problems = new Problems(paths.run);
  }

  async report(
    secrets: Secrets,
    expectedSeal: string | undefined,
  ): Promise<VerificationReport> {
    const [fs, paths, problems] = [this.#fs, this.#paths, this.#problems];
    const manifest = await this.#read(readManifest) ?? null;
    const writer = await readGuard(paths.run, () => findWriter(fs, paths.run));
    const isHeld = writer !== null;
    const summary = await this.#read(readSummary);
    const state = runState(summary ?? null, writer);
    if (summary === null) this.#addNotFinalized(state);

    const records = new RecordVerifier(fs, paths, problems, manifest);
    const artifacts = new ArtifactVerifier(
      fs,
      paths,
      problems,
      records.ledger,
      records.passed,
    );
    await artifacts.verifyEntries(isHeld);
    // While there is a writer, a line that is being written is not damage.
    if (!isHeld) await this.#verifyTails();
    await records.verifyInstances();
    await records.verifySteps((steps) => artifacts.verifyNamed(steps));
    await artifacts.verifyFiles();
    await records.verifyAssertions();
    await records.verifyStarts();
    records.verifyAttempts();
    const { tally, incompleteCount } = records;
    let seal: string | null = null;
    if (summary) {
      const bytes = await readGuard(
        paths.summary,
        () => readFile(fs, paths.summary),
      );
      const text = new TextDecoder().decode(bytes);
      const counted = { tally, incompleteCount, manifest };
      verifySummary(summary, text, counted, paths.summary, problems);
      if (!isHeld) await this.#read(() => this.#verifySeal(summary));
      const hash = (await loadSha256())();
      hash.update(bytes);
      seal = hash.hex();
    }
    this.#verifyExpected(seal, expectedSeal);
    await this.#verifySecrets(secrets, manifest?.run_id);
    const totals = tally.totals();

    return {
      ok: problems.count === 0,
      run_id: manifest?.run_id ?? null,
      state,
      seal,
      counts: {
        instances: totals.total_instances,
        instancesInFlight: records.ledger.inFlightCount,
        steps: totals.total_steps,
        assertions: totals.total_assertions,
        artifacts: artifacts.fileCount,
        emptyArtifacts: artifacts.emptyCount,
      },
      problemCount: problems.count,
      problems: problems.kept,
    };
  }

  /** Returns what `read` returns; `undefined`, and a problem, where it cannot. */
  async #read<T>(
    read: (fs: FileSystem, paths: RunPaths) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    try {
      return await read(this.#fs, this.#paths);
    } catch (error) {
      this.#problems.addCorruption(error);
      return undefined;
    }
  }

  #addNotFinalized(state: RunState): void {
    this.#problems.add(
      "NOT_FINALIZED",
      this.#paths.summary,
      state === "running"
        ? "The run has no summary: it is still being written"
        : "The run has no summary: it was interrupted; recoverRun() closes it",
    );
  }

  async #verifySeal({ files }: Summary): Promise<void> {
    await verifySeal(this.#fs, this.#paths, files, this.#problems);
  }

  #verifyExpected(seal: string | null, expected: string | undefined): void {
    if (expected === undefined || seal === expected.toLowerCase()) return;
    this.#problems.add(
      "SEAL_MISMATCH",
      this.#paths.summary,
      seal === null
        ? `The run has no seal, and the one that was noted is ${expected}`
        : `The seal of the run is ${seal}, and the one that was noted is ${expected}: it is another run, or was changed`,
    );
  }

  async #verifyTails(): Promise<void> {
    for (const file of [...recordFiles(this.#paths), this.#paths.started]) {
      const tail = await this.#read((fs) => findTornTail(fs, file));
      if (!tail) continue;
      this.#problems.add(
        "TORN_TAIL",
        file,
        `"${file}" ends mid-line: ${tail.bytes} bytes from byte ${tail.offset} on`,
      );
    }
  }

  async #verifySecrets(
    secrets: Secrets,
    run_id: string | undefined,
  ): Promise<void> {
    if (Object.keys(secrets).length === 0) return;
    // Loaded only by who looks for some.
    const { scanSecrets } = await import("./scan_secrets.ts");
    const findings = scanSecrets(this.#fs, this.#paths.run, secrets, run_id);
    for await (const { name, form, file, offset } of findings) {
      const place = offset === null
        ? "in the name of an entry"
        : `at byte ${offset}`;
      this.#problems.add(
        "SECRET_FOUND",
        file,
        `"${file}" has the secret ${
          JSON.stringify(name)
        }, ${form}, ${place}: anyone with the run can read it`,
      );
    }
  }
}
