/// <reference lib="dom" />
/** Reads what the report holds: each part is inflated when it is asked for. */
import {
  type InstanceColumns,
  type InstanceDetails,
  type ReportIndex,
  withMessages,
} from "../../src/report/model.ts";

/** What the page knows of the run before an instance is opened. */
export type Index = ReportIndex & { instances: InstanceColumns };

async function inflate(id: string): Promise<unknown> {
  const text = document.getElementById(id)?.textContent;
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
  return { ...index, instances };
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
  const chunk = index.chunk[place]!;
  if (chunk === -1) return null;
  const id = index.instances.id[place];
  const all = await readChunk(chunk);
  const found = all.find((details) => details.id === id);
  return found ? { ...found, steps: found.steps.map(withMessages) } : null;
}
