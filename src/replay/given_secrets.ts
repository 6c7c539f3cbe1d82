/**
 * Puts secrets that were given into what was recorded without them.
 *
 * @module
 */
import type { Path } from "../json/path_pattern.ts";
import type { JsonObject, JsonValue } from "../json/value.ts";
import { type Placeholder, secret } from "../json/placeholder.ts";
import {
  isTextWithSecrets,
  placeholdersIn,
  redactedPaths,
  withSecrets,
} from "../redact/secrets_in_text.ts";
import { unnumberedValue } from "../json/unnumbered.ts";
import { cookieNumbers } from "./links/linked_secrets.ts";
import { memberAt } from "./links/slots.ts";

/** The secrets of a replay, by name, and by their numbers in the recording. */
export class GivenSecrets {
  readonly #secrets: Readonly<Record<string, string>>;
  readonly #byNumber = new Map<number, string>();

  /**
   * @param secrets By name.
   * @param recorded Where the numbers stand beside these names.
   */
  constructor(
    secrets: Readonly<Record<string, string>>,
    recorded: readonly (JsonValue | undefined)[],
  ) {
    this.#secrets = secrets;
    for (const value of recorded) {
      for (const placeholder of placeholdersOf(value)) {
        const { id, name } = placeholder;
        if (id !== undefined) this.#add(name, id);
        for (const cookie of cookieNumbers(placeholder)) {
          this.#add(cookie.name, cookie.id);
        }
      }
    }
  }

  #add(name: string, id: number): void {
    if (!Object.hasOwn(this.#secrets, name)) return;
    this.#byNumber.set(id, this.#secrets[name]!);
  }

  /**
   * Returns a copy with the secrets in it.
   *
   * @param isLinked Whether a link brings a secret, which is not taken by its name.
   * @param used Receives the names of the secrets that were put in.
   */
  fill(
    value: JsonValue,
    isLinked: (placeholder: Placeholder) => boolean,
    used: Set<string> = new Set(),
  ): JsonValue {
    return withSecrets(value, (placeholder) => {
      const { name } = placeholder;
      const secret = Object.hasOwn(this.#secrets, name) &&
          !isLinked(placeholder)
        ? this.#secrets[name]
        : this.#byNumbers(placeholder);
      if (secret !== undefined) used.add(name);
      return secret;
    });
  }

  /** A secret of which numbers are known; a placeholder where not all of them are. */
  #byNumbers({ name, id, text }: Placeholder): string | JsonObject | undefined {
    if (id !== undefined) return this.#byNumber.get(id);
    if (text === undefined) return undefined;
    const known = text.replace(
      /\$\{(\d+)\}/g,
      (mark, number) => this.#byNumber.get(Number(number)) ?? mark,
    );
    if (known === text) return undefined;
    return known.includes("${") ? { ...secret(name), text: known } : known;
  }
}

/** All placeholders in a value. */
export function placeholdersOf(value: JsonValue | undefined): Placeholder[] {
  return redactedPaths(value).flatMap((path) =>
    placeholdersIn(memberAt(value, path))
  );
}

/**
 * The places of a recorded value where a secret stands, and what is there now is
 * not compared. A text with secrets in it is one where the rest of it is the same.
 */
export function secretPlaces(recorded: JsonValue, actual: JsonValue): Path[] {
  return redactedPaths(recorded).filter((path) => {
    const [before, now] = [memberAt(recorded, path), memberAt(actual, path)];
    return typeof before !== "string" ||
      typeof now === "string" && isTextWithSecrets(before, now);
  });
}

/**
 * A copy of a value with placeholders in the places where a recorded one has them;
 * the places of all items of an array are one. They have no numbers: these are of
 * the recorded instance.
 */
export function withoutSecretsOf(
  recorded: JsonValue | undefined,
  value: JsonValue,
): JsonValue {
  const placeholders = new Map(
    redactedPaths(recorded).map((path) => [
      placeKey(path),
      unnumberedValue(memberAt(recorded, path)!),
    ]),
  );
  if (placeholders.size === 0) return value;
  const copy = (inner: JsonValue, path: Path): JsonValue => {
    const placeholder = placeholders.get(placeKey(path));
    if (placeholder !== undefined) return placeholder;
    if (typeof inner !== "object" || inner === null) return inner;
    if (Array.isArray(inner)) {
      return inner.map((item, index) => copy(item, [...path, index]));
    }
    return Object.fromEntries(
      Object.entries(inner).map(([key, member]) => [
        key,
        member === undefined ? member : copy(member, [...path, key]),
      ]),
    );
  };
  return copy(value, []);
}

function placeKey(path: Path): string {
  return JSON.stringify(path.map((key) => typeof key === "number" ? 0 : key));
}
