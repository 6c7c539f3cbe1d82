/**
 * Writes JSON values as UTF-8 bytes in one walk: checked, and without secrets.
 *
 * The walk learns the places of earlier values: a tree of keys, each with its
 * bytes, what has to be looked at there, and what followed it. It never throws on
 * purpose and never explains: what it does not know how to write it leaves to the
 * general way, which answers for every value. The walk and what it learns share
 * their state in the hot loop, and so it is one file.
 *
 * @module
 */
import { DEPTH_MAX, TYPE_KEY } from "./value.ts";
import {
  line,
  LINE_BYTES_MAX,
  ROOM_BYTES,
  view,
  writeNumber,
  writeText,
} from "./utf8.ts";

/**
 * What has to be looked at in the member of a key: `"headers"` holds headers,
 * `"header"` is one of them, `"secret"` is taken out, `"text"` may hold a secret,
 * `"general"` is left to the general way.
 */
export type MemberForm =
  | "plain"
  | "headers"
  | "header"
  | "secret"
  | "text"
  | "general";

/** Says where secrets stand. */
export interface MemberForms {
  /** The form of a key, among headers or elsewhere. */
  formOf(key: string, inHeaders: boolean): MemberForm;
  /** Whether a text of that form may hold a secret. */
  mayHoldSecret(text: string, form: MemberForm): boolean;
  /** What the secret of a key is called, among headers or elsewhere. */
  secretName(key: string, inHeaders: boolean): string;
}

/** Returns what stands in place of a secret. */
export type MarkMember = (name: string, secret: unknown) => object;

/** Checks of the members of an object, by key; a record may hold no others. */
export interface MemberChecks {
  /** Whether a value is good; or checks of its members, where it is an object. */
  [key: string]: ((value: unknown) => boolean) | MemberChecks;
}

/** Keys and texts that are kept, in slots of 8 bytes. */
const POOL_SLOTS = 16 * 1024;
/** Maximum places that are learnt, and those of one object. */
export const PLACES_MAX = 8192;
/** Maximum members of one object that are learnt. */
export const MEMBERS_MAX = 64;
/** Maximum length of a key that is learnt. */
const KEY_CHARS_MAX = 60;
/** Maximum length of a recurring text that is kept. */
const KEPT_CHARS_MAX = 40;
/** A place where so many texts in a row were new keeps none. */
const MISSES_MAX = 16;

/** Walks of each shape before the first record: 20 are enough. */
const PRIMING_WALKS = 32;

const POS_MAX = LINE_BYTES_MAX - ROOM_BYTES;
const NOT_PLAIN_ASCII = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;
// deno-lint-ignore no-control-regex
const NOT_ASCII = /[^\x00-\x7f]/;
const IS_LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const IS_V8 = !("appendStackTrace" in Error);
const encoder = new TextEncoder();
const EMPTY = {};

/** A key at its place. */
class Place {
  readonly key: string;
  readonly form: MemberForm;
  /** Whether a text or a number may have to be looked at. */
  isChecked: boolean;
  check: ((value: unknown) => boolean) | undefined;
  /** Whether it has no other members than those that it has from the start. */
  isFixed = false;
  /** `,"key":` in the pool. */
  at = 0;
  bytes = 0;
  /** The member that came after this one the last time, and its first member. */
  next: Place | undefined;
  first: Place | undefined;
  members: Map<string, Place> | undefined;
  item: Place | undefined;
  /** Members whose keys are not kept. */
  rest: Place | undefined;
  /** The last text, and where it stands in the pool, where it recurs: else 0. */
  last = "";
  textAt = 0;
  textBytes = 0;
  slot = 0;
  misses = 0;

  constructor(key: string, form: MemberForm) {
    this.key = key;
    this.form = form;
    this.isChecked = form !== "plain";
  }
}

/** Whether a walk is under way: a getter that records takes the general way. */
let isBusy = false;

/** Writes objects of one kind. */
export class JsonBytes {
  readonly #root = new Place("", "plain");
  readonly #forms: MemberForms | undefined;
  readonly #pool = new Float64Array(POOL_SLOTS);
  readonly #poolBytes: Uint8Array = new Uint8Array(this.#pool.buffer);
  // The first slot is none.
  #poolUsed = 1;
  #places = 0;
  #mark: MarkMember | undefined;

  /**
   * @param checks The members of an object: all of them, and these alone.
   * @param forms Says where secrets stand; undefined where all is written.
   */
  constructor(checks: MemberChecks, forms: MemberForms | undefined) {
    this.#forms = forms;
    if (IS_V8) this.#prime();
    this.#fix(this.#root, checks);
    this.#root.isFixed = true;
  }

  /**
   * Writes an object from the start of the line on.
   *
   * @param read Called with the object once it is written, and before anything else
   * can take the line.
   * @param mark Returns what stands for a secret; without it, the general way is
   * taken for them.
   * @returns Its length in bytes; 0 where the general way has to be taken.
   */
  write<T extends object>(
    object: T,
    read: (object: T) => void,
    mark?: MarkMember,
  ): number {
    if (isBusy) return 0;
    // Members of the prototype of all objects would be walked as well.
    for (const _ in EMPTY) return 0;
    isBusy = true;
    this.#mark = mark;
    try {
      const end = this.#object(object, this.#root, 0, -1);
      if (end < 0) return 0;
      read(object);
      return end;
    } catch {
      return 0; // A getter or proxy that throws: the general way says so.
    } finally {
      isBusy = false;
    }
  }

  /** Places of which only the checks are known. */
  #fix(place: Place, checks: MemberChecks): void {
    for (const [key, check] of Object.entries(checks)) {
      const isRoot = place === this.#root;
      const member = this.#learn(place, key, isRoot ? "plain" : undefined)!;
      member.isChecked = true;
      if (typeof check === "function") member.check = check;
      else {
        member.check = isPlainObject;
        this.#fix(member, check);
      }
    }
  }

  /**
   * V8 optimizes `for (key in o) o[key]` for the one key that its slow path saw,
   * meets another, and does so again and again: up to ten times slower than
   * JSON.stringify. After some shapes with getters it expects any key; of the
   * first few walks of a function it notes nothing.
   */
  #prime(): void {
    const shapes = [
      {
        get a() {
          return 1;
        },
        b: 1,
      },
      {
        get c() {
          return 1;
        },
        d: 1,
      },
      {
        get e() {
          return 1;
        },
        f: 1,
      },
    ];
    for (let i = 0; i < PRIMING_WALKS; i++) {
      for (const shape of shapes) {
        this.#object(shape, new Place("", "plain"), 0, 0);
      }
    }
    this.#places = 0;
    this.#poolUsed = 1;
  }

  #object(object: object, place: Place, start: number, depth: number): number {
    if (
      Object.getPrototypeOf(object) !== Object.prototype ||
      (object as { toJSON?: unknown }).toJSON !== undefined
    ) return -1;
    const pool = this.#pool;
    let pos = start;
    let expected = place.first;
    let before: Place | undefined;
    for (const key in object) {
      const member = (object as Record<string, unknown>)[key];
      if (member === undefined) {
        if (place.isFixed) return -1;
        continue;
      }
      let next = expected;
      if (next === undefined || next.key !== key) {
        next = place.members?.get(key) ?? this.#learn(place, key, undefined);
        if (next === undefined) {
          pos = this.#unknown(key, member, place, pos, depth);
          if (pos < 0) return -1;
          expected = before = undefined;
          continue;
        }
        if (before !== undefined) before.next = next;
        else if (pos === start) place.first = next;
      }
      if (pos > POS_MAX) return -1;
      copy(pool, next.at, next.bytes, pos);
      pos += next.bytes;
      if (typeof member === "string") {
        if (next.textAt !== 0 && member === next.last) {
          copy(pool, next.textAt, next.textBytes, pos);
          pos += next.textBytes;
        } else if (next.form === "secret") {
          pos = this.#placeholder(member, next, place, pos);
        } else {
          if (next.isChecked && !this.#passes(member, next)) return -1;
          if (next.misses < MISSES_MAX) this.#note(member, next);
          pos = writeText(member, pos);
        }
      } else if (next.isChecked && !this.#passes(member, next)) {
        if (next.form !== "secret") return -1;
        pos = this.#placeholder(member, next, place, pos);
      } else if (typeof member === "number") {
        pos = writeNumber(member, pos);
      } else {
        pos = this.#value(member, next, pos, depth + 1);
      }
      if (pos < 0) return -1;
      before = next;
      expected = next.next;
    }
    if (pos === start) {
      line[pos++] = 123;
    } else {
      line[start] = 123;
    }
    line[pos] = 125;
    return pos + 1;
  }

  #value(value: unknown, place: Place, pos: number, depth: number): number {
    if (typeof value === "object") {
      if (value === null) {
        view.setUint32(pos, 0x6e756c6c);
        return pos + 4;
      }
      if (depth === DEPTH_MAX) return -1;
      return Array.isArray(value)
        ? this.#array(value, place, pos, depth)
        : this.#object(value, place, pos, depth);
    }
    if (typeof value === "boolean") {
      view.setUint32(pos, value ? 0x74727565 : 0x66616c73);
      line[pos + 4] = 101;
      return pos + (value ? 4 : 5);
    }
    if (typeof value === "string") return writeText(value, pos);
    return typeof value === "number" ? writeNumber(value, pos) : -1;
  }

  #array(
    array: unknown[],
    place: Place,
    pos: number,
    depth: number,
  ): number {
    if (
      Object.getPrototypeOf(array) !== Array.prototype ||
      (array as { toJSON?: unknown }).toJSON !== undefined
    ) return -1;
    const isHeader = place.form !== "plain" && place.form !== "text";
    const item = place.item ??= new Place("", "plain");
    line[pos++] = 91;
    for (let i = 0; i < array.length; i++) {
      if (pos > POS_MAX) return -1;
      if (i > 0) line[pos++] = 44;
      const value = array[i];
      // A list of texts is one header's; of anything else, it may be headers.
      if (isHeader && typeof value !== "string") return -1;
      pos = this.#value(value, item, pos, depth + 1);
      if (pos < 0) return -1;
    }
    line[pos] = 93;
    return pos + 1;
  }

  /** A member whose key is not kept. */
  #unknown(
    key: string,
    member: unknown,
    parent: Place,
    pos: number,
    depth: number,
  ): number {
    if (parent.isFixed || key === TYPE_KEY || pos > POS_MAX) return -1;
    if (this.#formOf(parent, key) !== "plain") return -1;
    line[pos] = 44;
    pos = writeText(key, pos + 1);
    if (pos < 0 || pos > POS_MAX) return -1;
    line[pos] = 58;
    const rest = parent.rest ??= new Place("", "plain");
    return this.#value(member, rest, pos + 1, depth + 1);
  }

  /** Learns a key, within bounds; undefined where it is not kept. */
  #learn(
    parent: Place,
    key: string,
    given: MemberForm | undefined,
  ): Place | undefined {
    const { size } = parent.members ??= new Map<string, Place>();
    if (
      parent.isFixed || this.#places >= PLACES_MAX || size >= MEMBERS_MAX ||
      key.length > KEY_CHARS_MAX || key === TYPE_KEY || !key.isWellFormed()
    ) return undefined;
    const text = encoder.encode(`,${JSON.stringify(key)}:`);
    const at = this.#keep(text);
    if (at === 0) return undefined;
    this.#places++;
    const place = new Place(key, given ?? this.#formOf(parent, key));
    place.at = at;
    place.bytes = text.length;
    parent.members.set(key, place);
    return place;
  }

  #formOf(parent: Place, key: string): MemberForm {
    return this.#forms?.formOf(key, isHeaders(parent)) ?? "plain";
  }

  /** Puts bytes into the pool; returns their first slot, 0 where there is no room. */
  #keep(bytes: Uint8Array): number {
    const at = this.#poolUsed;
    // One slot more: at least two are copied.
    const slots = (bytes.length + 7 >> 3) + 1;
    if (at + slots > POOL_SLOTS) return 0;
    this.#poolUsed += slots;
    this.#poolBytes.fill(32, at * 8, (at + slots) * 8);
    this.#poolBytes.set(bytes, at * 8);
    return at;
  }

  /** Keeps a text that came twice in a row. */
  #note(text: string, place: Place): void {
    if (text !== place.last) {
      place.last = text;
      place.textAt = 0;
      place.misses++;
      return;
    }
    if (text.length > KEPT_CHARS_MAX || NOT_PLAIN_ASCII.test(text)) {
      place.misses = MISSES_MAX;
      return;
    }
    place.slot ||= this.#keep(new Uint8Array(KEPT_CHARS_MAX + 2));
    if (place.slot === 0) {
      place.misses = MISSES_MAX;
      return;
    }
    const start = place.slot * 8;
    encoder.encodeInto(`"${text}"`, this.#poolBytes.subarray(start));
    place.textAt = place.slot;
    place.textBytes = text.length + 2;
    if (place.misses > 0) place.misses--;
  }

  /** Whether a member may be written as it is. */
  #passes(member: unknown, place: Place): boolean {
    if (place.check !== undefined && !place.check(member)) return false;
    switch (place.form) {
      case "plain":
        return true;
      case "general":
        return false;
      case "headers":
        return typeof member === "string"
          ? !this.#forms!.mayHoldSecret(member, "headers")
          : !Array.isArray(member);
      case "secret":
        return member === null;
      case "header":
        return typeof member === "string"
          ? !this.#forms!.mayHoldSecret(member, "header")
          : typeof member !== "object" || member === null ||
            Array.isArray(member);
      case "text":
        return typeof member !== "string" ||
          !this.#forms!.mayHoldSecret(member, "text");
    }
  }

  /** What stands for a text, or for the texts of `set-cookie`. */
  #placeholder(
    secret: unknown,
    place: Place,
    parent: Place,
    pos: number,
  ): number {
    const isText = typeof secret === "string" && secret !== "" ||
      Array.isArray(secret) && secret.every((item) => typeof item === "string");
    if (!isText || this.#mark === undefined) return -1;
    const name = this.#forms!.secretName(place.key, isHeaders(parent));
    const text = JSON.stringify(this.#mark(name, secret));
    if (NOT_ASCII.test(text) || pos + text.length > POS_MAX) return -1;
    return pos + encoder.encodeInto(text, line.subarray(pos)).written;
  }
}

function isHeaders(place: Place): boolean {
  return place.form === "headers";
}

function isPlainObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Copies kept bytes into the line, and up to 15 more that are overwritten. */
function copy(
  pool: Float64Array,
  at: number,
  bytes: number,
  pos: number,
): void {
  view.setFloat64(pos, pool[at]!, IS_LITTLE);
  view.setFloat64(pos + 8, pool[at + 1]!, IS_LITTLE);
  for (let i = 16; i < bytes; i += 8) {
    view.setFloat64(pos + i, pool[at + (i >> 3)]!, IS_LITTLE);
  }
}
