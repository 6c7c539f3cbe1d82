/**
 * Numbers the secrets of one instance, so that a replay knows which are the same.
 *
 * @module
 */
import { type MarkSecret, secret } from "../json/placeholder.ts";

/** Maximum secrets of an instance that have a number. */
const SECRETS_MAX = 1000;
/** Maximum length of a secret that has a number, and of all of them. */
const SECRET_CHARS_MAX = 16 * 1024;
const ALL_CHARS_MAX = 256 * 1024;

/** What may stand in the open before the credentials of a header. */
const SCHEME =
  /^(Basic|Bearer|Digest|DPoP|GNAP|Hawk|HMAC|JWT|MAC|Negotiate|NTLM|OAuth|Token|ApiKey) +(\S+)$/i;
const COOKIE = /^\s*([\w!#$%&'*+.^`|~-]+)=("?)([^";]*)\2\s*$/;
/** Several headers are joined by commas, which stand in dates as well. */
const NEXT_COOKIE = /,\s*(?=[^\s=;,]+=)/;

/**
 * Numbers the secrets of one instance, in the order in which they are taken out.
 * It keeps their values in memory, within bounds, until it is cleared.
 */
export class SecretNumbers {
  #numbers: Map<string, number> | undefined;
  #chars = 0;

  /**
   * What stands for a secret: `{"$secret": name, "id": n}`, or where its parts
   * have numbers, such as a cookie's value, `{"$secret": name, "text": …}`; without
   * a number where it is not a text or a number, or there are too many.
   */
  readonly mark: MarkSecret = (name, value) => {
    const text = typeof value === "number" ? String(value) : value;
    const parts = this.#parts(name.toLowerCase(), text);
    if (parts !== undefined) return { ...secret(name), text: parts };
    const id = this.#numberOf(text);
    return id === undefined ? secret(name) : { ...secret(name), id };
  };

  /** Forgets all secrets. */
  clear(): void {
    this.#numbers = undefined;
    this.#chars = 0;
  }

  /** The text of a secret that has others in it. */
  #parts(name: string, value: unknown): string | undefined {
    if (name === "set-cookie") return this.#setCookies(value);
    if (typeof value !== "string") return undefined;
    if (name === "cookie") return this.#cookies(value.split(";"), "; ");
    if (!name.endsWith("authorization")) return undefined;
    const [, scheme, credentials] = SCHEME.exec(value) ?? [];
    const id = this.#numberOf(credentials);
    return id === undefined ? undefined : `${scheme} \${${id}}`;
  }

  /** Names and values alone: the attributes of a cookie are sent to nobody. */
  #setCookies(value: unknown): string | undefined {
    const lines = Array.isArray(value) ? value : [value];
    if (!lines.every((line) => typeof line === "string")) return undefined;
    const all = lines.flatMap((line) => line.split(NEXT_COOKIE));
    return this.#cookies(all.map((one) => one.split(";")[0]!), ", ");
  }

  #cookies(cookies: readonly string[], separator: string): string | undefined {
    const texts: string[] = [];
    for (const cookie of cookies) {
      const [, name, , value] = COOKIE.exec(cookie) ?? [];
      if (name === undefined) return undefined;
      const id = value === "" ? "" : this.#numberOf(value);
      if (id === undefined) return undefined;
      texts.push(id === "" ? `${name}=` : `${name}=\${${id}}`);
    }
    return texts.join(separator);
  }

  #numberOf(value: unknown): number | undefined {
    if (typeof value !== "string" || value === "") return undefined;
    const numbers = this.#numbers ??= new Map();
    const known = numbers.get(value);
    if (known !== undefined) return known;
    const chars = this.#chars + value.length;
    const isTooMuch = value.length > SECRET_CHARS_MAX ||
      chars > ALL_CHARS_MAX || numbers.size >= SECRETS_MAX;
    if (isTooMuch) return undefined;
    this.#chars = chars;
    numbers.set(value, numbers.size + 1);
    return numbers.size;
  }
}
