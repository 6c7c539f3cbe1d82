/**
 * Raw data of instances as files: the one owner of how an artifact is written.
 *
 * @module
 */
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import { prettyJson } from "../storage/atomic_file.ts";
import { writeAll } from "../storage/write_all.ts";
import { ArtifactError, systemCode } from "../errors.ts";
import type { RunFailure } from "../storage/run_failure.ts";
import type { FileHandle, FileSystem } from "../storage/file_system.ts";
import { findJsonProblem, type JsonValue, thrownText } from "../json/value.ts";
import {
  artifactPath,
  FILES,
  isStepFileName,
  stepFileName,
} from "../format/layout.ts";
import { OPEN_ARTIFACTS_MAX } from "../storage/limits.ts";
import { assertSafeName, caseFolded } from "../format/names.ts";
import type { Path } from "../json/path_pattern.ts";
import type { Redactor } from "../redact/redactor.ts";

/**
 * What an artifact can be made of: bytes and a stream of bytes as they are, a
 * string as UTF-8, any other JSON value as JSON with two spaces.
 */
export type ArtifactData =
  | Uint8Array
  | ReadableStream<Uint8Array>
  | string
  | JsonValue;

/** An artifact whose name and content were checked and fixed. */
export interface PreparedArtifact {
  /** File name in the directory of the instance. */
  name: string;
  /** What will be written. */
  content: Uint8Array | ReadableStream<Uint8Array>;
}

/**
 * Checks an artifact and fixes its content, so that later changes to the value
 * do not show.
 *
 * @throws {ArtifactError} `UNSAFE_NAME`, `INVALID_RECORD`
 */
export function prepareArtifact(
  name: string,
  data: ArtifactData,
  redactor?: Redactor,
): PreparedArtifact {
  assertSafeName("the name of an artifact", name);
  if (isStepFileName(caseFolded(name))) {
    throw new ArtifactError(
      "UNSAFE_NAME",
      `Cannot use "${name}" as the name of an artifact: it belongs to a step: give the value to step() as "request" or "response"`,
    );
  }
  // Not by `slice`: that of Node's `Buffer` copies nothing.
  if (data instanceof Uint8Array) {
    return { name, content: new Uint8Array(data) };
  }
  if (data instanceof ReadableStream) return { name, content: data };
  if (typeof data === "string") {
    return { name, content: textBytes(name, data, redactor) };
  }
  return {
    name,
    content: jsonBytes(name, data, ["artifacts", name], redactor),
  };
}

/**
 * Fixes the request or response of a step.
 *
 * @throws {ArtifactError} `INVALID_RECORD`
 */
export function prepareStepArtifact(
  step_index: number,
  part: "request" | "response",
  value: JsonValue,
  redactor?: Redactor,
): PreparedArtifact {
  return {
    name: stepFileName(step_index, part),
    content: jsonBytes(part, value, [part], redactor),
  };
}

/** Writes the artifacts of one run. */
export class ArtifactStore {
  readonly #fs: FileSystem;
  readonly #runPath: string;
  readonly #sync: boolean;
  readonly #failure: RunFailure;
  readonly #slots = new Slots(OPEN_ARTIFACTS_MAX);

  /** @param sync Whether an artifact is durable when its write resolves. */
  constructor(
    fs: FileSystem,
    runPath: string,
    sync: boolean,
    failure: RunFailure,
  ) {
    this.#fs = fs;
    this.#runPath = runPath;
    this.#sync = sync;
    this.#failure = failure;
  }

  /**
   * Makes the directory of an instance; call it once per instance.
   *
   * @throws {ArtifactError} `WRITE_FAILED`, which is final for the run.
   */
  async makeInstanceDir(instance_id: string): Promise<void> {
    const all = join(this.#runPath, FILES.artifacts);
    const own = join(all, instance_id);
    await this.#failure.guard(own, async () => {
      try {
        // One level: a run directory that is gone must not be made anew.
        await this.#fs.makeDir(own);
      } catch (error) {
        if (systemCode(error) !== "EEXIST") throw error;
      }
    });
    if (this.#sync) await this.#failure.guard(all, () => this.#fs.syncDir(all));
  }

  /**
   * Writes an artifact of an instance whose directory is there.
   *
   * @returns Its path relative to the run directory.
   * @throws {ArtifactError} `ARTIFACT_EXISTS`; `WRITE_FAILED`, which is final
   * for the run; whatever a given stream fails with, after which the file is
   * gone.
   */
  async write(
    instance_id: string,
    artifact: PreparedArtifact,
  ): Promise<string> {
    const relative = artifactPath(instance_id, artifact.name);
    const path = join(this.#runPath, relative);
    // A stream is as slow as its source: it must not keep others waiting.
    const slots = artifact.content instanceof Uint8Array
      ? this.#slots
      : undefined;
    await slots?.take();
    try {
      const handle = await this.#create(path);
      let whole = false;
      try {
        for await (const bytes of chunks(artifact.content)) {
          await this.#failure.guard(path, () => writeAll(handle, bytes));
        }
        if (this.#sync) await this.#failure.guard(path, () => handle.sync());
        whole = true;
      } finally {
        await this.#failure.guard(path, () => handle.close());
        if (!whole && !this.#failure.error) {
          await this.#failure.guard(path, () => this.#fs.remove(path));
        }
      }
      if (this.#sync) {
        await this.#failure.guard(path, () => this.#fs.syncDir(dirname(path)));
      }
    } finally {
      slots?.free();
    }
    return relative;
  }

  async #create(path: string): Promise<FileHandle> {
    try {
      return await this.#fs.open(path, "create-new");
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw this.#failure.fail(path, error);
      throw new ArtifactError(
        "ARTIFACT_EXISTS",
        `Cannot write "${path}": the instance has an artifact of that name`,
        { file: path, cause: error },
      );
    }
  }
}

async function* chunks(
  content: PreparedArtifact["content"],
): AsyncGenerator<Uint8Array> {
  if (content instanceof Uint8Array) {
    yield content;
    return;
  }
  for await (const chunk of content) {
    if (!(chunk instanceof Uint8Array)) {
      throw new ArtifactError(
        "INVALID_RECORD",
        `Cannot write the artifact: its stream gave a ${typeof chunk}, not a Uint8Array`,
      );
    }
    yield chunk;
  }
}

/** Lets so many holders in at once; others wait in line. */
class Slots {
  #free: number;
  readonly #line: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  take(): Promise<void> | void {
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    return new Promise((resolve) => this.#line.push(resolve));
  }

  free(): void {
    const next = this.#line.shift();
    if (next) next();
    else this.#free++;
  }
}

function textBytes(
  name: string,
  data: string,
  redactor: Redactor | undefined,
): Uint8Array {
  let text: JsonValue = data;
  try {
    if (redactor) text = redactor.artifactText(data, name);
  } catch (error) {
    throw invalidContent(name, `cannot be redacted: ${thrownText(error)}`);
  }
  if (typeof text !== "string") {
    throw invalidContent(name, "is text, and redacted as something else");
  }
  if (!text.isWellFormed()) {
    throw invalidContent(name, "has half a surrogate pair, which is no UTF-8");
  }
  return new TextEncoder().encode(text);
}

function jsonBytes(
  name: string,
  value: JsonValue,
  path: Path,
  redactor?: Redactor,
): Uint8Array {
  const heard = redactor?.heard;
  const problem = value === undefined
    ? { path: name, found: "undefined" }
    : findJsonProblem(value, name, redactor);
  if (problem) {
    throw invalidContent(
      problem.path,
      `is ${problem.found}, which JSON cannot hold`,
    );
  }
  try {
    if (redactor?.isNeeded(heard!)) {
      return jsonBytes(name, redactor.value(value, path), path);
    }
    return new TextEncoder().encode(prettyJson(value));
  } catch (error) {
    if (error instanceof ArtifactError) throw error;
    throw invalidContent(name, `cannot be made JSON: ${thrownText(error)}`);
  }
}

function invalidContent(path: string, problem: string): ArtifactError {
  return new ArtifactError(
    "INVALID_RECORD",
    `Cannot write the artifact: "${path}" ${problem}`,
    { path },
  );
}
