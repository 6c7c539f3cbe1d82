/**
 * Puts the values of new answers where recorded ones stood in later requests.
 *
 * @module
 */
import type { JsonValue } from "../../json/value.ts";
import type { Path } from "../../json/path_pattern.ts";
import { isGenerated, type LinkStep } from "./find_links.ts";
import type { Link } from "./link.ts";
import { base64Like } from "./parts.ts";
import { decodedBase64, memberAt, type Slot, slotsOf } from "./slots.ts";

/** A value that was seen again in place of a recorded one. */
interface Renewed {
  old: string | number;
  now: string | number;
}

/** A request with the values of new answers in it. */
export interface Followed {
  /** The request. */
  request: JsonValue | undefined;
  /** The links whose new values were put in. */
  followed: Link[];
  /** The links whose place was not in the new answer: recorded values are sent. */
  lost: Link[];
}

/** Follows the links of one replay. */
export class LinkFollower {
  readonly #links: readonly Link[];
  readonly #recorded: ReadonlyMap<number, JsonValue>;
  readonly #renewed = new Map<Link, Renewed>();
  /** New texts by the recorded ones that they stand for. */
  readonly #texts = new Map<string, string>();

  /**
   * @param links What to follow.
   * @param steps The steps as they were recorded.
   */
  constructor(links: readonly Link[], steps: readonly LinkStep[]) {
    this.#links = links;
    this.#recorded = new Map(
      steps.map(({ step_index, observation }) => [step_index, observation]),
    );
  }

  /** Notes the new values of a step. */
  observe(step_index: number, actual: JsonValue): void {
    const links = this.#links.filter(({ from }) =>
      from.step_index === step_index
    );
    if (links.length === 0) return;
    const before = bySlotPath(this.#recorded.get(step_index));
    const after = bySlotPath(actual);
    for (const link of links) {
      const old = before.get(link.from.path)?.value;
      const now = newValue(link.from.path, before, after);
      if (old === undefined || now === undefined || now === "") continue;
      if (typeof old !== typeof now) continue;
      this.#renewed.set(link, { old, now });
      this.#addTexts(before.get(link.from.path)!, now, before, after);
    }
  }

  /** The new values and their parts: an id in a URL stands alone elsewhere. */
  #addTexts(
    from: Slot,
    now: string | number,
    before: ReadonlyMap<string, Slot>,
    after: ReadonlyMap<string, Slot>,
  ): void {
    this.#addText(from, now);
    if (from.part) return;
    for (const slot of before.values()) {
      const part = slot.part && after.get(slot.path);
      if (part && slot.member.join("\0") === from.member.join("\0")) {
        this.#addText(slot, part.value);
      }
    }
  }

  #addText(from: Slot, now: string | number): void {
    const old = from.value;
    if (typeof old !== "string" || old === now || !isGenerated(from)) return;
    this.#texts.set(old, String(now));
  }

  /** Returns a request with the new values in it. */
  follow(step_index: number, request: JsonValue | undefined): Followed {
    const followed: Link[] = [];
    const lost: Link[] = [];
    let result = request;
    for (const link of this.#links) {
      if (link.to.step_index !== step_index) continue;
      const renewed = this.#renewed.get(link);
      const slot = renewed &&
        slotsOf(result).find(({ path, value }) =>
          path === link.to.path && holds(value, renewed.old)
        );
      if (slot && renewed) {
        result = withSlot(result, slot, renewed);
        followed.push(link);
      } else lost.push(link);
    }
    return { request: result, followed, lost };
  }

  /**
   * Returns an observation as it is expected now: with new values where the
   * recorded ones stood.
   */
  expected(observation: JsonValue): JsonValue {
    const texts = this.#texts;
    if (texts.size === 0) return observation;
    // The longest first: one may be a part of another. All at once: a new value
    // may be the old one of another link.
    const olds = [...texts.keys()].sort((a, b) => b.length - a.length);
    const any = new RegExp(olds.map(escaped).join("|"), "g");
    return renamed(
      observation,
      (text) => text.replace(any, (old) => texts.get(old)!),
    );
  }

  /** The places of a step's observation that new values came from. */
  origins(step_index: number): Path[] {
    const before = bySlotPath(this.#recorded.get(step_index));
    return [...this.#renewed].flatMap(([{ from }, { old, now }]) => {
      const slot = before.get(from.path);
      const isWhole = from.step_index === step_index && old !== now &&
        slot !== undefined && !slot.part;
      return isWhole ? [slot.member] : [];
    });
  }
}

/**
 * The value at a place of a new answer: the recorded value where the answer still
 * has it; in an array, the value of the element most like the recorded one.
 */
function newValue(
  path: string,
  before: ReadonlyMap<string, Slot>,
  after: ReadonlyMap<string, Slot>,
): string | number | undefined {
  const recorded = before.get(path);
  const sibling = elementPattern(path);
  if (!sibling || !recorded) return after.get(path)?.value;
  let best: { score: number; value: string | number } | undefined;
  for (const [place, { value }] of after) {
    const at = sibling.exec(place);
    if (!at) continue;
    if (value === recorded.value) return value;
    const score = place === path ? 0.5 : 0;
    const same = likeness(path, place, before, after);
    if (!best || same + score > best.score) {
      best = { score: same + score, value };
    }
  }
  return best?.value;
}

/** Any element of the last array on a path. */
function elementPattern(path: string): RegExp | undefined {
  const at = /^(.*)\[\d+\]((?!.*\[\d+\]).*)$/s.exec(path);
  if (!at || /^url\.path|\.path$/.test(at[1]!)) return undefined;
  return new RegExp(`^${escaped(at[1]!)}\\[\\d+\\]${escaped(at[2]!)}$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** How many members of two elements are the same. */
function likeness(
  path: string,
  place: string,
  before: ReadonlyMap<string, Slot>,
  after: ReadonlyMap<string, Slot>,
): number {
  const [from, to] = [path, place].map((text) =>
    text.replace(/(\[\d+\])((?!.*\[\d+\]).*)$/s, "$1")
  );
  let same = 0;
  for (const [other, { value }] of before) {
    if (!other.startsWith(from!)) continue;
    if (after.get(to! + other.slice(from!.length))?.value === value) same++;
  }
  return same;
}

function bySlotPath(message: JsonValue | undefined): Map<string, Slot> {
  return new Map(slotsOf(message).map((slot) => [slot.path, slot]));
}

function withSlot(
  message: JsonValue | undefined,
  { member, part, value }: Slot,
  { old, now }: Renewed,
): JsonValue | undefined {
  if (typeof value === "number") {
    return withMember(
      message,
      member,
      typeof old === "number" ? now : Number(now),
    );
  }
  const next = replaced(value, String(old), String(now));
  if (!part) return withMember(message, member, next);
  const text = slotsOf(message).find((slot) =>
    !slot.part && slot.member.join("\0") === member.join("\0")
  )!.value as string;
  return withMember(
    message,
    member,
    text.slice(0, part.start) + part.encode(next) + text.slice(part.end),
  );
}

/** Whether a value is another one, or a text with it. */
function holds(value: string | number, old: string | number): boolean {
  const text = String(value);
  return text.includes(String(old)) ||
    decodedBase64(text)?.includes(String(old)) === true;
}

/** A text with a new value in it, which may stand there in base64. */
function replaced(text: string, old: string, now: string): string {
  if (text.includes(old)) return text.replaceAll(old, now);
  const decoded = decodedBase64(text);
  return decoded?.includes(old)
    ? base64Like(text)(decoded.replaceAll(old, now))
    : text;
}

/** A copy with another value at a path. */
function withMember(
  value: JsonValue | undefined,
  path: Path,
  member: JsonValue,
): JsonValue {
  const [key, ...rest] = path;
  if (key === undefined) return member;
  const inner = withMember(memberAt(value, [key]), rest, member);
  if (Array.isArray(value)) return value.with(Number(key), inner);
  return Object.fromEntries(
    Object.entries(value as object).map(([name, old]) => [
      name,
      name === key ? inner : old,
    ]),
  );
}

function renamed(
  value: JsonValue,
  rename: (text: string) => string,
): JsonValue {
  if (typeof value === "string") return rename(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      member === undefined ? member : renamed(member, rename),
    ]),
  );
}
