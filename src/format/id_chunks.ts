/**
 * Groups counted instance ids (`inst_001`) into chunks of neighbours.
 *
 * @module
 */
import { countedDigits, instanceId } from "./layout.ts";

/** A chunk of counted ids, and the place of one id in it. */
export interface ChunkPlace {
  /** Key of the chunk: the number of digits, and the number of the chunk. */
  chunk: string;
  /** From 0 to the size of the chunk - 1. */
  place: number;
}

/**
 * Returns the chunk of a counted id; `undefined` for any other id. Ids with
 * another number of digits are in other chunks: `inst_001` is not `inst_0001`.
 */
export function chunkPlace(
  instance_id: string,
  chunkSize: number,
): ChunkPlace | undefined {
  const digits = countedDigits(instance_id);
  if (digits === undefined) return undefined;
  const number = Number(digits);
  const place = number % chunkSize;
  return { chunk: `${digits.length}:${(number - place) / chunkSize}`, place };
}

/** Returns the id at a place: the inverse of {@linkcode chunkPlace}. */
export function idAtPlace(
  { chunk, place }: ChunkPlace,
  chunkSize: number,
): string {
  const [digits, chunkNumber] = chunk.split(":").map(Number);
  return instanceId(chunkNumber! * chunkSize + place, digits!);
}
