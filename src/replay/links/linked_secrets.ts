/**
 * Finds the secrets of a request, and which of them come from earlier answers.
 *
 * @module
 */
import type { JsonValue } from "../../json/value.ts";
import type { Placeholder } from "../../json/placeholder.ts";
import { placeholdersIn, redactedPaths } from "../../redact/secrets_in_text.ts";
import type { Link } from "./link.ts";
import { numberedText, secretsIn, textOfSecret } from "./secret_text.ts";
import { memberAt, slotsOf } from "./slots.ts";

/** A secret of a request. */
export interface RequestSecret {
  /** What stands for it. */
  placeholder: Placeholder;
  /** Whether links bring all of it. */
  isLinked: boolean;
  /** Names of what no link brings: cookies of their own, or all of it. */
  outside: string[];
}

/** @param links Those into the request. */
export function requestSecrets(
  request: JsonValue | undefined,
  links: readonly Link[],
): RequestSecret[] {
  const slots = slotsOf(request).filter(({ path }) =>
    links.some(({ to }) => to.path === path)
  );
  return redactedPaths(request).flatMap((member) => {
    const brought = slots.filter((slot) =>
      slot.member.join("\0") === member.join("\0")
    ).flatMap(({ value }) => secretsIn(String(value)));
    return placeholdersIn(memberAt(request, member)).map((placeholder) => {
      const secrets = secretsIn(textOfSecret(placeholder) ?? "");
      const others = secrets.filter((one) => !brought.includes(one));
      const isLinked = secrets.length > 0 && others.length === 0;
      const cookies = cookieNumbers(placeholder)
        .filter(({ id }) => others.includes(numberedText(id)));
      const names = cookies.length > 0 && cookies.length < secrets.length
        ? cookies.map(({ name }) => name)
        : [placeholder.name];
      return { placeholder, isLinked, outside: isLinked ? [] : names };
    });
  });
}

/** The cookies of a request, with the numbers of their values. */
export function cookieNumbers(
  { name, text }: Placeholder,
): { name: string; id: number }[] {
  if (name.toLowerCase() !== "cookie" || text === undefined) return [];
  return [...text.matchAll(/([^=;\s]+)=\$\{(\d+)\}/g)]
    .map(([, cookie, id]) => ({ name: cookie!, id: Number(id) }));
}
