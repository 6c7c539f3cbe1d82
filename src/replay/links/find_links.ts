/**
 * Finds the links of an instance in its recording.
 *
 * @module
 */
import type { JsonValue } from "../../json/value.ts";
import type { Link } from "./link.ts";
import { secretsIn } from "./secret_text.ts";
import { decodedBase64, type Slot, slotsOf } from "./slots.ts";

/** What a step sent and saw. */
export interface LinkStep {
  /** Its number. */
  step_index: number;
  /** What was sent. */
  request: JsonValue | undefined;
  /** What was seen. */
  observation: JsonValue;
}

/** A value of an answer. */
interface Producer {
  step_index: number;
  slot: Slot;
}

/** Shorter texts are links only where both places are those of ids. */
const LENGTH_MIN = 6;

/** Names of places that hold ids. */
const ID_KEY =
  /(?:^|[_\-.]|(?<=[a-z]))(?:id|ids|key|uuid|guid|token|code|nonce|cursor|csrf|state|session|sid|ref|slug|etag|signature|sig|number|no)$/i;

/**
 * Finds the links of an instance: where a value of an answer stands in a later
 * request. A value that was sent, or that the instance was started with, before
 * an answer had it, is not a link. The latest answer with a value is its origin.
 *
 * @param steps Its steps, in their order.
 * @param entryData What it was started with.
 */
export function findLinks(
  steps: readonly LinkStep[],
  entryData: JsonValue,
): Link[] {
  const links: Link[] = [];
  /** What was known before an answer had it. */
  const known = new Set(slotsOf(entryData).map(({ value }) => String(value)));
  const producers = new Map<string, Producer[]>();
  for (const { step_index, request, observation } of steps) {
    const sent = slotsOf(request);
    /** Members and parts that are linked as a whole. */
    const linked: Slot[] = [];
    for (const slot of sent) {
      if (linked.some((outer) => contains(outer, slot))) continue;
      // The parts say more than the text that they are in.
      const isSplit = !slot.part &&
        sent.some(({ member, part }) => part && member === slot.member);
      const link = linkTo(slot, step_index, producers, isSplit);
      if (link) {
        links.push(link);
        linked.push(slot);
      }
    }
    for (const slot of sent) {
      const value = String(slot.value);
      if (!producers.has(value)) known.add(value);
      for (const text of secretsIn(value)) {
        if (!producers.has(text)) known.add(text);
      }
    }
    addProducers(producers, step_index, slotsOf(observation), known);
  }
  return links;
}

function addProducers(
  producers: Map<string, Producer[]>,
  step_index: number,
  slots: readonly Slot[],
  known: ReadonlySet<string>,
): void {
  const ofStep = new Map<string, Producer[]>();
  for (const slot of slots) {
    const value = String(slot.value);
    if (value === "" || known.has(value)) continue;
    const all = ofStep.get(value) ?? [];
    all.push({ step_index, slot });
    ofStep.set(value, all);
  }
  for (const [value, all] of ofStep) producers.set(value, all);
}

function linkTo(
  to: Slot,
  step_index: number,
  producers: ReadonlyMap<string, Producer[]>,
  onlyWhole: boolean,
): Link | undefined {
  const value = String(to.value);
  const whole = best(producers.get(value), to);
  if (whole && isLinkable(whole.slot, to)) {
    return linkOf(whole, to, step_index, "the same value", sureness(value));
  }
  if (onlyWhole || typeof to.value !== "string") return undefined;
  const decoded = decodedBase64(value);
  for (const [text, form] of [[value, ""], [decoded, " in base64"]] as const) {
    if (text === undefined) continue;
    const found = longestWithin(text, producers, to);
    if (!found) continue;
    const why = `part of the text${form}`;
    const sure = secretsIn(value).length > 0 ? "high" : "medium";
    return linkOf(found, to, step_index, why, sure);
  }
  return undefined;
}

/** The producer of the longest value that a text holds as a word of its own. */
function longestWithin(
  text: string,
  producers: ReadonlyMap<string, Producer[]>,
  to: Slot,
): Producer | undefined {
  let found: Producer | undefined;
  let length = 0;
  for (const [value, places] of producers) {
    if (value.length <= length || value.length > text.length) continue;
    if (value.length < LENGTH_MIN + 2 && secretsIn(value)[0] !== value) {
      continue;
    }
    if (!holdsWord(text, value)) continue;
    const producer = best(places, to)!;
    if (!isGenerated(producer.slot)) continue;
    found = producer;
    length = value.length;
  }
  return found;
}

function holdsWord(text: string, value: string): boolean {
  const at = text.indexOf(value);
  if (at === -1) return false;
  const isWord = (char: string | undefined) =>
    char !== undefined && /[A-Za-z0-9]/.test(char);
  return !isWord(text[at - 1]) && !isWord(text[at + value.length]);
}

/** The place of the same name as in the request, or else the first of the body. */
function best(
  producers: readonly Producer[] | undefined,
  { key }: Slot,
): Producer | undefined {
  return producers?.find(({ slot }) => slot.key === key) ??
    producers?.find(({ slot }) => slot.member[0] === "body") ?? producers?.[0];
}

function isLinkable(from: Slot, to: Slot): boolean {
  if (isGenerated(from)) return true;
  const isShort = String(from.value).length < LENGTH_MIN ||
    typeof from.value === "number";
  if (!ID_KEY.test(from.key) || /\s/.test(String(from.value))) return false;
  // A number among numbers, or a word: the places have to be those of ids.
  const isInPath = to.part?.path[0] === "path" ||
    to.key === "path";
  return isShort || to.part ? isInPath || ID_KEY.test(to.key) : true;
}

/** Whether a value is not a word, a number or a date that people would choose. */
export function isGenerated({ value }: Slot): boolean {
  if (typeof value === "number") return false;
  if (secretsIn(value).length > 0) return true;
  if (value.length < LENGTH_MIN || /\s/.test(value)) return false;
  if (/^[\d.,:TZ+-]+$/.test(value)) return value.length >= 16;
  const hasDigits = /\d/.test(value);
  const isWords = /^[A-Za-z]?[a-z]*(?:[-_. /][A-Za-z]?[a-z]*)*$/.test(value) ||
    /^[A-Z]+(?:[-_][A-Z]+)*$/.test(value);
  if (/^[a-z]+\/[\w.+-]+(?:;.*)?$/.test(value)) return false; // A media type.
  return hasDigits || !isWords;
}

function sureness(value: string): Link["confidence"] {
  if (secretsIn(value).length > 0 || value.length >= 16) return "high";
  return value.length >= LENGTH_MIN ? "medium" : "low";
}

function linkOf(
  { step_index, slot }: Producer,
  to: Slot,
  to_index: number,
  why: string,
  confidence: Link["confidence"],
): Link {
  return {
    from: { step_index, path: slot.path },
    to: { step_index: to_index, path: to.path },
    why,
    confidence,
  };
}

/** Whether a place is in a member or part that stands around it. */
function contains(outer: Slot, inner: Slot): boolean {
  if (outer.member !== inner.member) return false;
  if (!outer.part) return true;
  return !!inner.part && outer.part.start <= inner.part.start &&
    inner.part.end <= outer.part.end;
}
