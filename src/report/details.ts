/**
 * Reads the records of many instances in one pass, and writes those of each together.
 *
 * @module
 */
import type { StartRecord, StepRecord } from "../format/records.ts";
import { messagePlace } from "../format/step_message.ts";
import type { RunReader } from "../read/mod.ts";
import type { ByteBuffer } from "./byte_buffer.ts";
import type { InstanceFiles } from "./instance_files.ts";
import { InstanceLines } from "./instance_lines.ts";
import type { InstanceTable } from "./instance_table.ts";
import { type LineKind, type RawLine, RawLines } from "./raw_lines.ts";

/** What held more than this is not used again: one instance may be very large. */
const ROOM_MAX = 64 * 1024;

/** What {@linkcode writeDetails} reads from. */
export interface DetailsSource {
  run: RunReader;
  instances: InstanceTable;
  files: InstanceFiles;
  /** Whether all lines were read before, and none was bad. */
  isSound: boolean;
  /** Asked once for each instance, when its first line is read. */
  wants: (place: number) => boolean;
}

/**
 * Writes the wanted instances as `InstanceDetails` in JSON, each when the last of
 * its lines was read; yields the place of each. The three files are read side by
 * side, by their times, so that the lines of an instance are close to each other:
 * what is held is what was in flight at a time.
 *
 * @param into Takes the instances, with nothing between them.
 * @param onStart Called before each is written.
 * @throws {ArtifactError} `READ_FAILED`
 */
export async function* writeDetails(
  source: DetailsSource,
  into: ByteBuffer,
  onStart: () => void,
): AsyncGenerator<number> {
  const { run, isSound } = source;
  const pending = new PendingInstances(source);
  for await (const start of run.started()) pending.takeStart(start);
  const files: RawLines[] = [];
  try {
    for (const kind of ["instance", "step", "assertion"] as const) {
      const lines = await RawLines.open(run, kind, isSound);
      if (lines) files.push(lines);
    }
    let open = files;
    while (open.length > 0) {
      const next = open.reduce((a, b) => b.timeMs < a.timeMs ? b : a);
      const isMore = await next.next((line) =>
        pending.takeLine(next.kind, line)
      );
      if (!isMore) open = open.filter((file) => file !== next);
      for (const whole of pending.whole) {
        onStart();
        await write(whole, source, into);
        pending.free(whole);
        yield whole.place;
      }
      pending.whole.length = 0;
    }
  } finally {
    for (const lines of files) await lines.close();
  }
  // The run goes on, or has lost records.
  for (const one of pending.all()) {
    onStart();
    await write(one, source, into);
    yield one.place;
  }
}

/** The instances of which some lines were read, and others were not. */
class PendingInstances {
  /** Those of which the last line was read. */
  readonly whole: InstanceLines[] = [];
  readonly #source: DetailsSource;
  readonly #isDecided: Uint8Array;
  readonly #pending = new Map<number, InstanceLines>();
  readonly #free: InstanceLines[] = [];

  constructor(source: DetailsSource) {
    this.#source = source;
    this.#isDecided = new Uint8Array(source.instances.length);
  }

  takeStart(start: StartRecord): void {
    const into = this.#at(this.#source.instances.placeOf(start.instance_id));
    if (!into) return;
    into.start = start;
    this.#count(into);
  }

  takeLine(kind: LineKind, line: RawLine): void {
    const { instances } = this.#source;
    const into = this.#at(
      instances.placeOfBytes(line.ids, line.idStart, line.idEnd),
    );
    if (into?.add(kind, line)) this.#count(into);
  }

  /** Those that are not whole. */
  all(): Iterable<InstanceLines> {
    return this.#pending.values();
  }

  /** Takes one that was written, for another instance. */
  free(lines: InstanceLines): void {
    if (lines.room <= ROOM_MAX) this.#free.push(lines);
  }

  /** Undefined where it is not wanted, or where all its lines were there before. */
  #at(place: number): InstanceLines | undefined {
    if (place === -1) return undefined;
    if (!this.#isDecided[place]) {
      this.#isDecided[place] = 1;
      if (this.#source.wants(place)) {
        const { steps, assertions } = this.#source.instances;
        const lines = this.#free.pop() ?? new InstanceLines();
        lines.reset(place, 1 + steps[place]! + assertions[place]!);
        this.#pending.set(place, lines);
      }
    }
    return this.#pending.get(place);
  }

  #count(into: InstanceLines): void {
    if (--into.awaited > 0) return;
    this.#pending.delete(into.place);
    this.whole.push(into);
  }
}

async function write(
  lines: InstanceLines,
  { instances, files }: DetailsSource,
  into: ByteBuffer,
): Promise<void> {
  const { place, start, instanceLine } = lines;
  const id = instances.idOf(place);
  const hasFiles = files.has(place);
  into.addText(`{"id":${JSON.stringify(id)},"instance":`);
  if (instanceLine === -1) into.addText("null");
  else lines.write(instanceLine, into);
  into.addText(`,"start":${JSON.stringify(start)},"steps":[`);
  for (const [i, step] of lines.current("step").entries()) {
    into.addText(i === 0 ? '{"record":' : ',{"record":');
    lines.write(step, into);
    if (hasFiles) {
      into.addText(await messagesText(lines.record(step), files, place));
    }
    into.addText("}");
  }
  into.addText('],"assertions":[');
  for (const [i, assertion] of lines.current("assertion").entries()) {
    if (i > 0) into.addText(",");
    lines.write(assertion, into);
  }
  const found = hasFiles ? await files.of(id, place) : [];
  into.addText(`],"files":${JSON.stringify(found)}}`);
}

/** What was sent and what came back, as far as their files are taken. */
async function messagesText(
  step: StepRecord,
  files: InstanceFiles,
  place: number,
): Promise<string> {
  let text = "";
  for (const part of ["request", "response"] as const) {
    if (!Array.isArray(step.artifacts)) break;
    const path = messagePlace(step, part)?.path ?? null;
    if (path === null) continue; // The line has it, or there is none.
    const value = await files.message(path, place);
    if (value !== undefined) text += `,"${part}":${JSON.stringify(value)}`;
  }
  return text;
}
