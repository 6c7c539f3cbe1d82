/**
 * Writes artifact files.
 *
 * @module
 */
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import { ArtifactError, systemCode } from "../errors.ts";
import type { Sha256 } from "../adapters/mod.ts";
import { artifactPath, FILES, stepFileNumber } from "../format/layout.ts";
import { bytesOf, type ByteStream } from "../http/internal.ts";
import type { FileHandle, FileSystem } from "../storage/file_system.ts";
import type { ArtifactsSeal } from "../format/records.ts";
import { ArtifactsSum } from "../seal/mod.ts";
import { OPEN_ARTIFACTS_MAX, OPEN_STREAMS_MAX } from "../storage/limits.ts";
import type { RunFailure } from "../storage/run_failure.ts";
import { writeAll } from "../storage/write_all.ts";
import type { PreparedArtifact } from "./artifact_content.ts";
import pLimit from "p-limit";

/** Writes the artifacts of one run. */
export class ArtifactWriter {
  readonly #fs: FileSystem;
  readonly #runPath: string;
  readonly #sync: boolean;
  readonly #failure: RunFailure;
  readonly #limit = pLimit(OPEN_ARTIFACTS_MAX);
  readonly #streamLimit = pLimit(OPEN_STREAMS_MAX);
  readonly #stopped: AbortSignal;
  readonly #newSha256: () => Sha256;
  readonly #fence: () => void | Promise<void>;
  readonly #sum = new ArtifactsSum();

  /**
   * @param sync Whether an artifact is durable when its write resolves.
   * @param stopped Ends the streams that are still open.
   * @param newSha256 Begins a hash.
   * @param fence Rejects where the run is another writer's.
   */
  constructor(
    fs: FileSystem,
    runPath: string,
    sync: boolean,
    failure: RunFailure,
    stopped: AbortSignal,
    newSha256: () => Sha256,
    fence: () => void | Promise<void>,
  ) {
    this.#fence = fence;
    this.#newSha256 = newSha256;
    this.#stopped = stopped;
    this.#fs = fs;
    this.#runPath = runPath;
    this.#sync = sync;
    this.#failure = failure;
  }

  /** Whether an artifact is durable when its write resolves. */
  get isSynced(): boolean {
    return this.#sync;
  }

  /** Adds files to the seal that were written with a sum of their own. */
  addSeal(files: ArtifactsSeal): void {
    this.#sum.addSeal(files);
  }

  /** Seals the files that were written. */
  seal(): ArtifactsSeal {
    return this.#sum.seal();
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
   * Removes the requests and responses of an instance, and its directory where
   * nothing else is in it.
   *
   * @throws {ArtifactError} `RUN_TAKEN`, `WRITE_FAILED`, final for the run.
   */
  async removeMessages(instance_id: string): Promise<void> {
    const dir = join(this.#runPath, FILES.artifacts, instance_id);
    await this.#failure.guard(dir, async () => {
      const names: string[] = [];
      let others = 0;
      for await (const { name } of this.#fs.list(dir)) {
        if (stepFileNumber(name) === undefined) others++;
        else names.push(name);
      }
      for (const name of names) {
        // The directory may be that of a new writer.
        await this.#fence();
        await this.#fs.remove(join(dir, name));
      }
      if (others === 0) await this.#fs.remove(dir);
    });
  }

  /**
   * Writes an artifact of an instance whose directory is there.
   *
   * @param sum What the file is added to. Default: the seal.
   * @returns Its path relative to the run directory.
   * @throws {ArtifactError} `ARTIFACT_EXISTS`; `WRITE_FAILED`, which is final
   * for the run; whatever a given stream fails with, after which the file is
   * gone.
   */
  async write(
    instance_id: string,
    artifact: PreparedArtifact,
    sum: ArtifactsSum = this.#sum,
  ): Promise<string> {
    const relative = artifactPath(instance_id, artifact.name);
    // A stream is as slow as its source: it must not keep others waiting.
    if (ArrayBuffer.isView(artifact.content)) {
      await this.#limit(() => this.#write(relative, artifact.content, sum));
    } else {
      await this.#streamLimit(() =>
        this.#write(relative, artifact.content, sum)
      );
    }
    return relative;
  }

  async #write(
    relative: string,
    content: PreparedArtifact["content"],
    sum: ArtifactsSum,
  ): Promise<void> {
    const path = join(this.#runPath, relative);
    const handle = await this.#create(path);
    let whole = false;
    let size = 0;
    const hash = this.#newSha256();
    try {
      for await (const bytes of chunks(path, content, this.#stopped)) {
        await this.#failure.guard(
          path,
          async () => await writeAll(handle, bytes),
        );
        size += bytes.length;
        hash.update(bytes);
      }
      if (this.#sync) await this.#failure.guard(path, () => handle.sync());
      whole = true;
    } finally {
      await this.#failure.guard(path, () => handle.close());
      if (!whole && !this.#failure.error) {
        await this.#failure.guard(path, () => this.#fs.remove(path));
      }
    }
    sum.add(relative.slice(FILES.artifacts.length + 1), size, hash.hex());
    if (this.#sync) {
      await this.#failure.guard(path, () => this.#fs.syncDir(dirname(path)));
    }
  }

  async #create(path: string): Promise<FileHandle> {
    // The directory may be that of a new writer.
    await this.#failure.guard(path, this.#fence);
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
  path: string,
  content: PreparedArtifact["content"],
  stopped: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (ArrayBuffer.isView(content)) yield content;
  else {
    const source = untilStopped(content, stopped);
    yield* bytesOf(source, (found) => notBytes(path, found));
  }
}

/** Iterates over a stream; cancels it when the loop is left or stopped. */
async function* untilStopped(
  content: ByteStream,
  stopped: AbortSignal,
): AsyncGenerator<unknown> {
  const source = iteratorOf(content);
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {}); // Reported where the next chunk is awaited.
  const stop = () => reject(stopped.reason);
  stopped.addEventListener("abort", stop);
  if (stopped.aborted) stop();
  try {
    for (;;) {
      const { done, value } = await Promise.race([source.next(), promise]);
      if (done) return;
      yield value;
    }
  } finally {
    stopped.removeEventListener("abort", stop);
    // Not awaited: a source that hangs must not keep the run from its end.
    source.return?.().catch(() => {});
  }
}

function iteratorOf(content: ByteStream): AsyncIterator<unknown> {
  if (!("getReader" in content)) return content[Symbol.asyncIterator]();
  const reader = (content as ReadableStream<unknown>).getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<unknown>>,
    async return() {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}

function notBytes(path: string, found: string): ArtifactError {
  return new ArtifactError(
    "INVALID_RECORD",
    `Cannot write "${path}": its stream gave ${found}, not bytes or text`,
    { file: path },
  );
}
