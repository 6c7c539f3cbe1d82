/**
 * Finds the instance of a line by its first bytes, without making a text.
 *
 * @module
 */
import {
  addHash,
  finish,
  type Hash,
  hashText,
  newHash,
  SEED,
} from "./tree_hash.ts";
import { ENDS_TEXT } from "./line_text.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Beginnings that are kept at hand. */
const HEADS_MAX = 8192;

/** How the lines of an attempt begin. */
export interface LineHead {
  /** The instance, as it was recorded. */
  instance_id: string;
  /** Its correlation id. */
  correlation_id: string;
  /** What the instance is called; undefined where its lines are left out. */
  name: string | undefined;
  /** Whether its lines are of the attempt that counts. */
  isCounted: boolean;
  /** Hash of the member `instance_id`, with the name. */
  member: Hash;
  /** The correlation id as bytes, where it is long enough to be looked for. */
  echo: Uint8Array | undefined;
  /** The bytes, up to the quote after the correlation id. */
  bytes: Uint8Array;
}

/** What is known of the records of an attempt. */
export type DescribeAttempt = (
  ids: Pick<LineHead, "instance_id" | "correlation_id">,
) => Pick<LineHead, "name" | "isCounted" | "echo">;

const PIECES = ['{"instance_id":"', '","run_id":"', '","correlation_id":"']
  .map((piece) => encoder.encode(piece));

/** Finds the beginnings of lines, and keeps them by instance. */
export class LineHeads {
  readonly #describe: DescribeAttempt;
  readonly #byId = new Map<number, LineHead>();

  constructor(describe: DescribeAttempt) {
    this.#describe = describe;
  }

  /** Undefined where a line does not begin as this library writes it. */
  find(bytes: Uint8Array, from: number): LineHead | undefined {
    let hash = 0;
    let at = from + PIECES[0]!.length;
    for (; bytes[at]! > 34; at++) {
      hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    }
    const known = this.#byId.get(hash);
    if (known && startsWith(bytes, from, known.bytes)) return known;
    const head = this.#read(bytes, from);
    if (!head) return undefined;
    if (this.#byId.size === HEADS_MAX) this.#byId.clear();
    this.#byId.set(hash, head);
    return head;
  }

  #read(bytes: Uint8Array, from: number): LineHead | undefined {
    const texts: string[] = [];
    let at = from;
    for (const piece of PIECES) {
      if (!startsWith(bytes, at, piece)) return undefined;
      const start = at + piece.length;
      at = start;
      while (ENDS_TEXT[bytes[at]!] === 0) at++;
      if (bytes[at] !== 34) return undefined;
      texts.push(decoder.decode(bytes.subarray(start, at)));
    }
    const [instance_id, , correlation_id] = texts as [string, string, string];
    const described = this.#describe({ instance_id, correlation_id });
    const [member, value] = [newHash(), newHash()];
    hashText(member, SEED.key, "instance_id");
    hashText(value, SEED.text, described.name ?? "");
    addHash(member, value);
    finish(member);
    const copy = bytes.slice(from, at + 1);
    return { instance_id, correlation_id, ...described, member, bytes: copy };
  }
}

function startsWith(
  bytes: Uint8Array,
  from: number,
  piece: Uint8Array,
): boolean {
  for (let i = 0; i < piece.length; i++) {
    if (bytes[from + i] !== piece[i]) return false;
  }
  return true;
}
