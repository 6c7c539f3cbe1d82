/**
 * Reads the records of many instances in one pass, and gives those of each together.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import { join } from "@std/path/join";
import { artifactPath, FILES, stepFileName } from "../format/layout.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  StartRecord,
  StepRecord,
} from "../format/records.ts";
import { isSafeName } from "../format/names.ts";
import { type JsonValue, parseJson } from "../json/value.ts";
import type { RunReader } from "../read/mod.ts";
import { readGuard } from "../storage/io_errors.ts";
import { readFile } from "../storage/read_file.ts";
import type { Collected } from "./collect.ts";
import type { InstanceDetails, ReportFile, ReportStep } from "./model.ts";

/** Files whose content is taken into a report; others are named. */
const FILES_MAX = 20_000;
const FILE_BYTES_MAX = 256 * 1024;

const IMAGE_TYPES: Readonly<Record<string, string>> = {
  gif: "image/gif",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
};

/** Records of an instance that have been read so far. */
interface Pending {
  place: number;
  instance: InstanceRecord | null;
  start: StartRecord | null;
  steps: StepRecord[];
  assertions: AssertionRecord[];
  /** Records that are still to come, its own line included. */
  awaited: number;
}

/** One file of records, a block at a time. */
interface Source<R> {
  blocks: AsyncGenerator<R[]>;
  /** The time of the last record that was read. */
  time: string;
  timeOf: (record: R) => string;
  take: (record: R) => void;
}

/**
 * Yields the instances at some places, each when the last of its records was read.
 * The three files are read side by side, by their times, so that the records of an
 * instance are close to each other: what is held is what was in flight at a time.
 *
 * @throws {ArtifactError} as {@linkcode collect}
 */
export async function* detailsOf(
  run: RunReader,
  { index, placeOf, recordCounts }: Collected,
  wanted: ReadonlySet<number>,
): AsyncGenerator<{ place: number; details: InstanceDetails }> {
  const pending = new Map<number, Pending>();
  const whole: Pending[] = [];
  const pendingOf = (instance_id: string): Pending | undefined => {
    const place = placeOf.get(instance_id);
    if (place === undefined || !wanted.has(place)) return undefined;
    let found = pending.get(place);
    if (!found) {
      const awaited = recordCounts[place]! + 1;
      found = {
        place,
        instance: null,
        start: null,
        steps: [],
        assertions: [],
        awaited,
      };
      pending.set(place, found);
    }
    return found;
  };
  const note = (found: Pending) => {
    if (--found.awaited > 0) return;
    pending.delete(found.place);
    whole.push(found);
  };
  for await (const start of run.started() as AsyncIterable<StartRecord>) {
    const found = pendingOf(start.instance_id);
    if (!found) continue;
    found.start = start;
    note(found);
  }
  const sources: Source<unknown>[] = [
    source(run.blocks("instances"), (it) => it.completed_at, (instance) => {
      const found = pendingOf(instance.instance_id);
      if (!found || found.instance) return;
      found.instance = instance;
      note(found);
    }),
    source(run.blocks("steps"), (it) => it.timestamp, (step) => {
      const found = pendingOf(step.instance_id);
      if (!found) return;
      found.steps.push(step);
      note(found);
    }),
    source(run.blocks("assertions"), (it) => it.timestamp, (assertion) => {
      const found = pendingOf(assertion.instance_id);
      if (!found) return;
      found.assertions.push(assertion);
      note(found);
    }),
  ];
  const files = new FileReader(run);
  while (sources.length > 0) {
    sources.sort((a, b) => a.time < b.time ? -1 : 1);
    const [next] = sources as [Source<unknown>];
    const { done, value } = await next.blocks.next();
    if (done) sources.shift();
    else {
      for (const record of value) next.take(record);
      next.time = next.timeOf(value.at(-1));
    }
    for (const one of whole.splice(0)) {
      yield { place: one.place, details: await files.read(one) };
    }
  }
  // The run goes on, or has lost records.
  for (const one of pending.values()) {
    yield { place: one.place, details: await files.read(one, index) };
  }
}

function source<R>(
  blocks: AsyncGenerator<R[]>,
  timeOf: (record: R) => string,
  take: (record: R) => void,
): Source<unknown> {
  return { blocks, time: "", timeOf, take } as Source<R> as Source<unknown>;
}

/** Adds the artifact files of an instance to its records. */
class FileReader {
  readonly #run: RunReader;
  #taken = 0;

  constructor(run: RunReader) {
    this.#run = run;
  }

  async read(
    { place, instance, start, steps, assertions }: Pending,
    index?: Collected["index"],
  ): Promise<InstanceDetails> {
    const { instance_id: id = index?.instances.id[place] ?? "" } = instance ??
      start ?? steps[0] ?? assertions[0] ?? {};
    const current = (instance ?? start ?? steps.at(-1))?.correlation_id;
    const isCurrent = (record: StepRecord | AssertionRecord) =>
      current === undefined || record.correlation_id === current;
    const reported: ReportStep[] = [];
    const own = steps.filter(isCurrent)
      .sort((a, b) => a.step_index - b.step_index);
    for (const record of own) reported.push(await this.#withMessages(record));
    return {
      id,
      instance,
      start,
      steps: reported,
      assertions: assertions.filter(isCurrent),
      files: await this.#filesOf(id),
    };
  }

  async #withMessages(record: StepRecord): Promise<ReportStep> {
    const step: ReportStep = { record };
    for (const part of ["request", "response"] as const) {
      const name = stepFileName(record.step_index, part);
      const path = artifactPath(record.instance_id, name);
      if (!record.artifacts.includes(path)) continue;
      const bytes = await this.#contentOf(path);
      if (bytes) step[part] = jsonOf(bytes);
    }
    return step;
  }

  async #filesOf(id: string): Promise<ReportFile[]> {
    if (!isSafeName(id)) return [];
    const { fs, path: run } = this.#run;
    const dir = join(run, FILES.artifacts, id);
    return await readGuard(dir, async () => {
      const files: ReportFile[] = [];
      if (!(await fs.stat(dir))?.isDirectory) return files;
      for await (const { name, isFile } of fs.list(dir)) {
        if (!isFile) continue;
        const path = artifactPath(id, name);
        const bytes = (await fs.stat(join(run, path)))?.size ?? 0;
        const type = IMAGE_TYPES[name.split(".").at(-1)!.toLowerCase()];
        const content = type && await this.#contentOf(path);
        const image = content && { type, base64: encodeBase64(content) };
        files.push({ path, bytes, ...(image && { image }) });
      }
      return files.sort((a, b) => a.path < b.path ? -1 : 1);
    });
  }

  /** Undefined where the file is too large, missing, or one too many. */
  async #contentOf(path: string): Promise<Uint8Array | undefined> {
    const { fs, path: run } = this.#run;
    const file = join(run, path);
    return await readGuard(file, async () => {
      const info = await fs.stat(file);
      if (!info?.isFile || info.size > FILE_BYTES_MAX) return undefined;
      if (this.#taken++ >= FILES_MAX) return undefined;
      return await readFile(fs, file);
    });
  }
}

function jsonOf(bytes: Uint8Array): JsonValue {
  const text = new TextDecoder().decode(bytes);
  try {
    return parseJson(text) as JsonValue;
  } catch {
    return text;
  }
}
