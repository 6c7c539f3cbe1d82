/**
 * Hashes the normal form of a line straight from its bytes, without parsing it.
 *
 * Lines as this library writes them are read this way, and so are all values
 * that are common in them. It refuses what is rare, such as repeated keys and bad
 * lines: those are parsed. It is one walk, whose steps share a place in the bytes,
 * and so it is one file.
 *
 * @module
 */
import type { RecordIds, RecordKind } from "../format/record_kind.ts";
import type { LineHead, LineHeads } from "./line_heads.ts";
import { LineText } from "./line_text.ts";
import { VOLATILE } from "./normal_form.ts";
import {
  addBytes,
  addHash,
  addWord,
  copyHash,
  finish,
  type Hash,
  hashNumber,
  hashText,
  newHash,
  SEED,
  start,
  sumUp,
  wordOf,
} from "./tree_hash.ts";

const [QUOTE, COMMA, MINUS, POINT, ZERO, COLON] = [34, 44, 45, 46, 48, 58];
const [OPEN_LIST, CLOSE_LIST, OPEN, CLOSE, DOLLAR] = [91, 93, 123, 125, 36];

const ZEROS = newHash();

/** Deeper values are parsed. */
const DEPTH_MAX = 64;
/** Objects on the way to a value may have so many keys together. */
const KEYS_MAX = 4096;
/** So many keys are compared with each other; more are sorted. */
const KEYS_COMPARED_MAX = 24;

/** What is special about the members of an object, by where it stands. */
type Place = "any" | "observation" | "errors";

const encoder = new TextEncoder();
const latin1 = new TextDecoder("latin1");

const keyBytes = (name: string) => encoder.encode(name + '"');
const LATENCY = keyBytes("latency_ms");
const OK = keyBytes("ok");
const ERRORS = keyBytes("errors");
const ATTEMPTS = keyBytes("attempts");
const EARLIER = keyBytes("earlier_exchanges");
const CAUSE = keyBytes("cause");
const STACK = keyBytes("stack");
const SECRET = keyBytes("$secret");

/** Bits of {@linkcode Field.part}, and how the paths of their files end. */
const [REQUEST, RESPONSE] = [1, 2] as const;
const PATH_START = encoder.encode('"artifacts/');
const STEP_START = encoder.encode("/step_");
const REQUEST_END = encoder.encode('_request.json"');
const RESPONSE_END = encoder.encode('_response.json"');
/** Where the instance id begins, at the beginning of a line. */
const ID_START = encoder.encode('{"instance_id":"').length;
const BACKSLASH = 92;

/** A field at the top of a line, after the ids. */
interface Field {
  name: string;
  /** What stands before its value. */
  piece: Uint8Array;
  /** Hash of the key, to start the member with; undefined for a volatile one. */
  key: Hash | undefined;
  place: Place;
  /** Whether readers rely on a text there. */
  isText: boolean;
  /** Whether it holds something of the instance's name, which may be another. */
  isNamed: boolean;
  /** The bit of a request or a response, of which only counts that it is there. */
  part: number;
}

/** Fields whose value readers rely on: see `linesOf`. */
const TEXT_FIELDS = [
  "scenario_id",
  "completed_at",
  "step_name",
  "timestamp",
  "assertion_name",
];

/** The fields of a kind that come after the ids. */
function fieldsOf<R extends RecordIds>(kind: RecordKind<R>): Field[] {
  const names = Object.keys(kind.order({} as R)).slice(3);
  return [...names, ...kind.optionalFields].map((name) => {
    const key = newHash();
    hashText(key, SEED.key, name);
    return {
      name,
      piece: encoder.encode(`,"${name}":`),
      key: VOLATILE.get(name) === true ? undefined : key,
      place: name === "observation" ? "observation" : "any",
      isText: TEXT_FIELDS.includes(name),
      isNamed: name === "artifacts" || name === "retry_of",
      part: name === "request" ? REQUEST : name === "response" ? RESPONSE : 0,
    };
  });
}

/** The hash of a value, and what its members and items are hashed in. */
interface Level {
  value: Hash;
  member: Hash;
  sum: Hash;
}

/** Hashes lines of one kind. After `read`, the other members describe its line. */
export class LineHash {
  /** Hash of the normal form. */
  readonly hash: Hash = newHash();
  /** How the line begins. */
  head: LineHead | undefined;
  /** Its `step_index`. */
  stepIndex: number | null = null;
  /** Hash of its `step_name` or `assertion_name`. */
  readonly name: Hash = newHash();
  /** Its `observation.latency_ms`, where that is a number. */
  latencyMs: number | undefined;
  /** Whether its `observation.ok` is false. */
  isNotOk = false;
  /** Whether its `passed` is true. */
  passed = false;
  readonly #heads: LineHeads;
  readonly #fields: Field[];
  readonly #levels: Level[] = Array.from({ length: DEPTH_MAX + 2 }, () => ({
    value: newHash(),
    member: newHash(),
    sum: newHash(),
  }));
  readonly #keys = new Int32Array(KEYS_MAX);
  #keyCount = 0;
  readonly #text = new LineText();
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;
  #number = 0;
  #nameAt = -1;
  /** The request and the response that the line has, as bits. */
  #parts = 0;

  constructor(kind: RecordKind<never>, heads: LineHeads) {
    this.#fields = fieldsOf(kind);
    this.#heads = heads;
  }

  /**
   * Hashes a line; returns the place of its newline, or -1 where it has to be
   * parsed.
   *
   * @param bytes Whole lines in UTF-8, the last one with its newline.
   * @param view The same bytes.
   */
  read(bytes: Uint8Array, view: DataView, from: number): number {
    this.#bytes = bytes;
    this.#view = view;
    const head = this.#heads.find(bytes, from);
    if (head === undefined) return -1;
    this.head = head;
    this.#at = from + head.bytes.length;
    this.#keyCount = 0;
    this.latencyMs = undefined;
    this.isNotOk = false;
    const { value, member, sum } = this.#levels[DEPTH_MAX + 1]!;
    copyHash(sum, head.member);
    let count = 1;
    this.#parts = 0;
    for (const field of this.#fields) {
      if (field.part !== 0) {
        if (!this.#part(field, value)) return -1;
        if ((this.#parts & field.part) === 0) continue;
        start(value, SEED.true);
      } else {
        if (!this.#take(field.piece)) return -1;
        if (!this.#field(field, head, value)) return -1;
      }
      if (field.key === undefined) continue;
      copyHash(member, field.key);
      addHash(member, value);
      finish(member);
      sumUp(sum, member);
      count++;
    }
    if (bytes[this.#at] !== CLOSE || bytes[this.#at + 1] !== 10) return -1;
    endObject(this.hash, sum, count);
    finish(this.hash);
    return this.#at + 1;
  }

  /** The text of `step_name` or `assertion_name`; `""` in a line without. */
  nameText(): string {
    if (this.#nameAt === -1) return "";
    const end = this.#bytes.indexOf(QUOTE, this.#nameAt);
    const json = this.#bytes.subarray(this.#nameAt - 1, end + 1);
    return JSON.parse(new TextDecoder().decode(json)) as string;
  }

  #field(field: Field, head: LineHead, into: Hash): boolean {
    const at = this.#at;
    const first = this.#bytes[at]!;
    if (field.isText && first !== QUOTE) return false;
    if (field.place === "observation" && first !== OPEN) return false;
    const isRead = field.name === "artifacts"
      ? this.#paths(head, into)
      : this.#value(field.place, 0, into);
    if (!isRead) return false;
    switch (field.name) {
      case "step_index":
        if (first === QUOTE || first >= OPEN_LIST) {
          this.stepIndex = null;
          return first === 110 && this.#fields[0]!.name === "step_index" &&
            this.#fields[1]!.name === "assertion_name";
        }
        this.stepIndex = this.#number;
        return true;
      case "step_name":
      case "assertion_name":
        copyHash(this.name, into);
        this.#nameAt = at + 1;
        return true;
      case "passed":
        this.passed = first === 116;
        return first === 116 || first === 102 || first === 110;
      default:
        return !field.isNamed || head.name === head.instance_id ||
          this.#at - at === 2 || first === 110;
    }
  }

  /** A request or a response, which a line may lack; false where it is bad. */
  #part(field: Field, into: Hash): boolean {
    if (!this.#take(field.piece)) return true;
    this.#parts |= field.part;
    return this.#value("any", 0, into);
  }

  /** The paths of a step, without those of its own request and response. */
  #paths(head: LineHead, into: Hash): boolean {
    const bytes = this.#bytes;
    const { value } = this.#levels[0]!;
    if (bytes[this.#at++] !== OPEN_LIST) return false;
    start(into, SEED.array);
    let count = 0;
    if (bytes[this.#at] === CLOSE_LIST) this.#at++;
    else {
      for (let next = COMMA; next !== CLOSE_LIST;) {
        const from = this.#at;
        const part = this.#ownPart(head);
        this.#parts |= part;
        if (part === 0) {
          this.#at = from;
          if (!this.#value("any", 1, value)) return false;
          // It may be an own path, written in another way.
          if (bytes.subarray(from, this.#at).includes(BACKSLASH)) return false;
          addHash(into, value);
          count++;
        }
        next = bytes[this.#at++]!;
        if (next !== COMMA && next !== CLOSE_LIST) return false;
      }
    }
    addWord(into, count);
    return true;
  }

  /** The bit of the request or response whose path is next; 0 for another path. */
  #ownPart(head: LineHead): number {
    const bytes = this.#bytes;
    if (this.stepIndex === null || !this.#take(PATH_START)) return 0;
    for (let at = ID_START; head.bytes[at] !== QUOTE; at++) {
      if (bytes[this.#at++] !== head.bytes[at]) return 0;
    }
    if (!this.#take(STEP_START)) return 0;
    const digits = String(this.stepIndex + 1).padStart(3, "0");
    for (let i = 0; i < digits.length; i++) {
      if (bytes[this.#at++] !== digits.charCodeAt(i)) return 0;
    }
    if (this.#take(REQUEST_END)) return REQUEST;
    return this.#take(RESPONSE_END) ? RESPONSE : 0;
  }

  #take(piece: Uint8Array): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    for (let i = 0; i < piece.length; i++) {
      if (bytes[at + i] !== piece[i]) return false;
    }
    this.#at = at + piece.length;
    return true;
  }

  #value(place: Place, depth: number, into: Hash): boolean {
    switch (this.#bytes[this.#at]) {
      case QUOTE:
        return this.#string(SEED.text, into);
      case OPEN:
        return depth < DEPTH_MAX && this.#object(place, depth, into);
      case OPEN_LIST:
        return depth < DEPTH_MAX && this.#list(place, depth, into);
      case 116:
        return this.#literal(TRUE, SEED.true, into);
      case 102:
        return this.#literal(FALSE, SEED.false, into);
      case 110:
        return this.#literal(NULL, SEED.null, into);
      default:
        return this.#numeral(into);
    }
  }

  #literal(bytes: Uint8Array, seed: number, into: Hash): boolean {
    start(into, seed);
    return this.#take(bytes);
  }

  #string(seed: number, into: Hash): boolean {
    const text = this.#text;
    const { echo } = this.head!;
    if (!text.read(this.#bytes, this.#view, this.#at + 1, echo)) return false;
    start(into, seed);
    addBytes(into, text.view, text.from, text.to);
    this.#at = text.end;
    return true;
  }

  #list(place: Place, depth: number, into: Hash): boolean {
    const { value } = this.#levels[depth]!;
    start(into, SEED.array);
    let count = 0;
    if (this.#bytes[++this.#at] === CLOSE_LIST) this.#at++;
    else {
      for (let next = COMMA; next !== CLOSE_LIST; count++) {
        if (!this.#value(place, depth + 1, value)) return false;
        addHash(into, value);
        next = this.#bytes[this.#at++]!;
        if (next !== COMMA && next !== CLOSE_LIST) return false;
      }
    }
    addWord(into, count);
    return true;
  }

  #object(place: Place, depth: number, into: Hash): boolean {
    const { value, member, sum } = this.#levels[depth]!;
    const bytes = this.#bytes;
    const firstKey = this.#keyCount;
    copyHash(sum, ZEROS);
    let count = 0;
    let isMark = false;
    if (bytes[++this.#at] === CLOSE) this.#at++;
    else {
      for (let next = COMMA; next !== CLOSE;) {
        const key = this.#at + 1;
        if (bytes[key - 1] !== QUOTE || isAt(bytes, key, STACK)) return false;
        if (bytes[key] === DOLLAR && isAt(bytes, key, SECRET)) isMark = true;
        if (!this.#string(SEED.key, member)) return false;
        if (this.#keyCount === KEYS_MAX) return false;
        this.#keys[this.#keyCount++] = wordOf(member);
        if (bytes[this.#at++] !== COLON) return false;
        const isKept = place === "any"
          ? this.#value("any", depth + 1, value) ? true : undefined
          : this.#special(place, key, depth, value);
        if (isKept === undefined) return false;
        if (isKept) {
          addHash(member, value);
          finish(member);
          sumUp(sum, member);
          count++;
        }
        next = bytes[this.#at++]!;
        if (next !== COMMA && next !== CLOSE) return false;
      }
      // The number of a secret is not hashed.
      if (isMark && this.#keyCount > firstKey + 1) return false;
      if (this.#hasRepeatedKey(firstKey)) return false;
      this.#keyCount = firstKey;
    }
    endObject(into, sum, count);
    return true;
  }

  /** Whether a member is kept; undefined where it has to be parsed. */
  #special(
    place: Place,
    key: number,
    depth: number,
    into: Hash,
  ): boolean | undefined {
    const bytes = this.#bytes;
    const at = this.#at;
    const isErrors = place === "observation" && isAt(bytes, key, ERRORS);
    if (!this.#value(isErrors ? "errors" : "any", depth + 1, into)) {
      return undefined;
    }
    if (place === "errors") return !isAt(bytes, key, CAUSE);
    if (isAt(bytes, key, LATENCY)) {
      const isNumber = bytes[at] === MINUS || isDigit(bytes[at]!);
      if (isNumber) this.latencyMs = this.#number;
      return false;
    }
    if (isAt(bytes, key, OK)) this.isNotOk = bytes[at] === 102;
    const isNested = isAt(bytes, key, ATTEMPTS) || isAt(bytes, key, EARLIER);
    return isNested ? undefined : true;
  }

  #hasRepeatedKey(first: number): boolean {
    const keys = this.#keys;
    const end = this.#keyCount;
    if (end - first > KEYS_COMPARED_MAX) {
      const sorted = keys.subarray(first, end).sort();
      return sorted.some((key, i) => i > 0 && key === sorted[i - 1]);
    }
    for (let i = first + 1; i < end; i++) {
      for (let k = first; k < i; k++) if (keys[k] === keys[i]) return true;
    }
    return false;
  }

  /**
   * Numbers of up to 15 digits without an exponent are exact as a whole number,
   * divided by a power of ten.
   */
  #numeral(into: Hash): boolean {
    const bytes = this.#bytes;
    const from = this.#at;
    let at = from;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    const whole = at;
    let number = 0;
    while (isDigit(bytes[at]!)) number = number * 10 + bytes[at++]! - ZERO;
    let digits = at - whole;
    if (digits === 0 || digits > 1 && bytes[whole] === ZERO) return false;
    let divisor = 1;
    if (bytes[at] === POINT) {
      const fraction = ++at;
      while (isDigit(bytes[at]!)) {
        number = number * 10 + bytes[at++]! - ZERO;
        divisor *= 10;
      }
      if (at === fraction) return false;
      digits += at - fraction;
    }
    const next = bytes[at]!;
    const isEnd = next === COMMA || next === CLOSE || next === CLOSE_LIST;
    if (digits <= 15 && isEnd) {
      number /= divisor;
      if (isNegative) number = -number;
    } else {
      while (ENDS_NUMBER[bytes[at]!] === 0) at++;
      const text = latin1.decode(bytes.subarray(from, at));
      if (!NUMBER.test(text)) return false;
      number = Number(text);
    }
    this.#number = number;
    this.#at = at;
    hashNumber(into, number);
    return true;
  }
}

const [TRUE, FALSE, NULL] = ["true", "false", "null"].map((text) =>
  encoder.encode(text)
) as [Uint8Array, Uint8Array, Uint8Array];

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** 1 for what may come after a number, and for what no number holds. */
const ENDS_NUMBER = new Uint8Array(256).fill(1);
for (const byte of encoder.encode("0123456789+-.eE")) ENDS_NUMBER[byte] = 0;

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 57;
}

function isAt(bytes: Uint8Array, at: number, key: Uint8Array): boolean {
  for (let i = 0; i < key.length; i++) {
    if (bytes[at + i] !== key[i]) return false;
  }
  return true;
}

/** Puts the members of an object together. */
function endObject(into: Hash, sum: Hash, count: number): void {
  start(into, SEED.object);
  addHash(into, sum);
  addWord(into, count);
}
