/// <reference lib="dom" />
/** Reads what the report holds: each part is inflated when it is asked for. */
import {
  type InstanceChanges,
  type InstanceColumns,
  type InstanceDetails,
  type ReportIndex,
  withMessages,
} from "../../src/report/model.ts";

/** What the page knows of the run before an instance is opened. */
export type Index = ReportIndex & {
  instances: InstanceColumns;
  /** Null where the run is compared with no other. */
  changes: InstanceChanges | null;
};

/** What the parts are in: the page itself, or the latest report of a live run. */
let source: Document = document;

/** Takes the parts of a new report of a live run. */
export async function loadReport(): Promise<Index> {
  const answer = await fetch("/report");
  if (!answer.ok) throw new Error(`The report was refused: ${answer.status}`);
  source = new DOMParser().parseFromString(await answer.text(), "text/html");
  chunks.clear();
  return await readIndex();
}

async function inflate(id: string): Promise<unknown> {
  const text = source.getElementById(id)?.textContent;
  if (!text) throw new Error(`The report has no part "${id}"`);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  const stream = new Blob([bytes]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

export async function readIndex(): Promise<Index> {
  const [index, instances] = await Promise.all([
    inflate("index") as Promise<ReportIndex>,
    inflate("instances") as Promise<InstanceColumns>,
  ]);
  const changes = index.comparison
    ? await inflate("changes") as InstanceChanges
    : null;
  return { ...index, instances, changes };
}

/** The latest chunks: after one instance, those next to it are often opened. */
const CHUNKS_MAX = 8;
const chunks = new Map<number, Promise<InstanceDetails[]>>();

export function readChunk(chunk: number): Promise<InstanceDetails[]> {
  let found = chunks.get(chunk);
  if (!found) {
    found = inflate(`chunk-${chunk}`) as Promise<InstanceDetails[]>;
    if (chunks.size >= CHUNKS_MAX) chunks.delete(chunks.keys().next().value!);
    chunks.set(chunk, found);
  }
  return found;
}

export async function readDetails(
  index: Index,
  place: number,
): Promise<InstanceDetails | null> {
  return await find(index.chunk[place]!, index.instances.id[place]!);
}

/** The same instance in the earlier run. */
export async function readPair(
  { changes, instances }: Index,
  place: number,
): Promise<InstanceDetails | null> {
  if (!changes) return null;
  const id = changes.beforeId[place] ?? instances.id[place]!;
  return await find(changes.beforeChunk[place]!, id);
}

async function find(
  chunk: number,
  id: string,
): Promise<InstanceDetails | null> {
  if (chunk === -1) return null;
  const all = await readChunk(chunk);
  const found = all.find((details) => details.id === id);
  return found ? { ...found, steps: found.steps.map(withMessages) } : null;
}
