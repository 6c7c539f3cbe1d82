/**
 * Which secrets of a request come from earlier answers, and which do not.
 *
 * @module
 */
import type { JsonValue } from "../../json/value.ts";
import { placeholderOf, redactedPaths } from "../../redact/placeholder.ts";
import type { Link } from "./link.ts";
import { secretsIn, secretText } from "./secret_text.ts";
import { memberAt, slotsOf } from "./slots.ts";

/**
 * Returns the names of the secrets in a request that no link brings: they have to
 * be given.
 *
 * @param links Those into the request.
 */
export function unlinkedSecrets(
  request: JsonValue | undefined,
  links: readonly Link[],
): string[] {
  const slots = slotsOf(request);
  const linked = slots.filter(({ path }) =>
    links.some(({ to }) => to.path === path)
  );
  return redactedPaths(request).flatMap((member) => {
    const placeholder = memberAt(request, member);
    const text = secretText(placeholder) ?? "";
    const brought = linked.filter((slot) =>
      slot.member.join("\0") === member.join("\0")
    ).flatMap(({ value }) => secretsIn(String(value)));
    const secrets = secretsIn(text);
    const isLinked = secrets.length > 0 &&
      secrets.every((one) => brought.includes(one));
    return isLinked ? [] : [placeholderOf(placeholder)!.name];
  });
}
