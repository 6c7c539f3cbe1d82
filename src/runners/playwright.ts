/**
 * Records the tests of Playwright: a reporter that makes one run of all workers.
 *
 * @example
 * ```ts
 * import { playwrightReporter } from "@windtunnel/artifacts/playwright";
 *
 * // A file of its own, which `reporter` in playwright.config.ts names.
 * export default playwrightReporter({ sut_name: "shop" });
 * ```
 *
 * @module
 */
import { basename } from "@std/path/basename";
import { fileSystemOf } from "../adapters/mod.ts";
import { isSafeName } from "../format/names.ts";
import {
  type ArtifactData,
  createRun,
  type CreateRunOptions,
  type InstanceWriter,
  type RunWriter,
} from "../record/mod.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { fileStream } from "../storage/read_file.ts";

/** A test, as Playwright describes it: its `TestCase`. */
export interface PlaywrightTest {
  /** Its id, which no other test of the run has. */
  id: string;
  /** What it should end with, such as `"passed"`. */
  expectedStatus: string;
  /** Titles from the root on: `""`, project, file, groups and the test. */
  titlePath(): string[];
}

/** An attempt at a test: `TestResult` of Playwright. */
export interface PlaywrightResult {
  /** Number of the attempt, from 0. */
  retry: number;
  /** What it ended with, such as `"failed"`. */
  status: string;
  /** When it started. */
  startTime: Date;
  /** What it threw first; left out for nothing. */
  error?: PlaywrightError;
  /** Screenshots, traces, videos and what `testInfo.attach()` was given. */
  attachments: { name: string; path?: string; body?: ArtifactData }[];
}

/** An error: `TestError` of Playwright. */
export interface PlaywrightError {
  /** What went wrong, where an error was thrown. */
  message?: string;
  /** Where. */
  stack?: string;
  /** What was thrown, where it was not an error. */
  value?: string;
  /** The error below it. */
  cause?: PlaywrightError;
}

/** A reporter: what Playwright calls of it. */
export interface PlaywrightReporter {
  /** Creates the run. */
  onBegin(): void;
  /** Records an attempt at a test. */
  onTestEnd(test: PlaywrightTest, result: PlaywrightResult): void;
  /** Finalizes the run. Rejects where something could not be recorded. */
  onEnd(): Promise<void>;
  /** False: it prints nothing. */
  printsToStdio(): boolean;
}

/**
 * Makes a reporter for Playwright, to be the default export of a file that
 * `reporter` in `playwright.config.ts` names. Each attempt at a test is an
 * instance: its scenario is the test file, its key the titles (and the project),
 * its artifacts are the attachments, and a retry names the attempt before it.
 *
 * @param options What {@linkcode createRun} takes.
 *
 * @example
 * ```ts
 * import { playwrightReporter } from "@windtunnel/artifacts/playwright";
 *
 * const Reporter = playwrightReporter({ sut_name: "shop" });
 * console.log(new Reporter().printsToStdio()); // false
 * ```
 */
export function playwrightReporter(
  options: CreateRunOptions,
): new () => PlaywrightReporter {
  return class implements PlaywrightReporter {
    #run: Promise<RunWriter> | undefined;
    /** The latest instance, and with it all before it. */
    #last: Promise<void> = Promise.resolve();
    readonly #errors: unknown[] = [];

    onBegin(): void {
      this.#run = createRun(options);
      this.#note(this.#run);
    }

    onTestEnd(test: PlaywrightTest, result: PlaywrightResult): void {
      this.#last = this.#note(
        this.#last.then(async () => {
          const run = await this.#run;
          if (run) await this.#record(run, test, result);
        }),
      );
    }

    async onEnd(): Promise<void> {
      await this.#last;
      await this.#note((async () => await (await this.#run)?.finalize())());
      if (this.#errors.length > 0) throw this.#errors[0];
    }

    printsToStdio(): boolean {
      return false;
    }

    /** Keeps an error for the end: Playwright waits for nothing before. */
    #note(work: Promise<unknown>): Promise<void> {
      return work.then(() => {}, (error) => void this.#errors.push(error));
    }

    async #record(
      run: RunWriter,
      test: PlaywrightTest,
      result: PlaywrightResult,
    ): Promise<void> {
      const { retry, status, startTime, error } = result;
      const [, project, file = "tests", ...titles] = test.titlePath();
      const instance = run.startInstance({
        scenario_id: file.replaceAll("\\", "/"),
        instance_key: [...project ? [project] : [], ...titles].join(" > "),
        instance_id: `${test.id}_${retry}`,
        retry_of: retry > 0 ? `${test.id}_${retry - 1}` : null,
        started_at: startTime.toISOString(),
      });
      const fs = await fileSystemOf(options.fs);
      const names = new Set<string>();
      for (const attachment of result.attachments) {
        const name = fileName(attachment, names);
        await this.#note(attach(instance, fs, name, attachment));
      }
      const passed = status === test.expectedStatus;
      await instance.complete(
        status === "skipped"
          ? { passed: null }
          : passed
          ? { passed }
          : { passed, error: error ? errorOf(error) : status },
      );
    }
  };
}

/** Colors of a terminal, which Playwright writes into messages. */
const COLORS = new RegExp(String.raw`\u001b\[[0-9;]*m`, "g");

/** An error as a record has it. */
function errorOf({ message, stack, value, cause }: PlaywrightError): object {
  return {
    name: "Error",
    message: (message ?? value ?? "").replaceAll(COLORS, ""),
    stack: stack?.replaceAll(COLORS, "") ?? null,
    ...(cause && { cause: errorOf(cause) }),
  };
}

type Attachment = PlaywrightResult["attachments"][number];

/** A file name for an attachment: its own, unless that is unsafe or taken. */
function fileName({ name, path }: Attachment, names: Set<string>): string {
  const own = path === undefined ? name : basename(path);
  const safe = isSafeName(own) ? own : "attachment";
  const unique = names.has(safe.toLowerCase())
    ? `${names.size + 1}_${safe}`
    : safe;
  names.add(unique.toLowerCase());
  return unique;
}

async function attach(
  instance: InstanceWriter,
  fs: FileSystem,
  name: string,
  { path, body }: Attachment,
): Promise<void> {
  const content = body ?? (path && fileStream(fs, path));
  if (content) await instance.artifact(name, content);
}
