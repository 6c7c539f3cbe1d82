/** Figures and recorded text, as people read them. */

export function ms(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (value >= 120_000) return `${(value / 60_000).toFixed(1)} min`;
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

export function count(value: number): string {
  return value.toLocaleString("en-US");
}

export function bytes(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} MB`;
  if (value >= 1000) return `${(value / 1000).toFixed(1)} kB`;
  return `${value} bytes`;
}

/**
 * A text in which nothing is hidden: control characters, and characters that turn
 * the direction of what follows, become visible escapes.
 */
export function visible(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (letter) =>
      letter === "\r"
        ? ""
        : `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A value as JSON to read; a text that holds JSON is shown as that. */
export function pretty(value: unknown): string {
  if (typeof value === "string") {
    const inner = /^\s*[{[]/.test(value) ? parsed(value) : undefined;
    return visible(
      inner === undefined ? value : JSON.stringify(inner, null, 2),
    );
  }
  return visible(JSON.stringify(value, null, 2) ?? "nothing");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function compact(value: unknown, lengthMax = 160): string {
  const text = visible(
    typeof value === "string" ? value : JSON.stringify(value) ?? "nothing",
  );
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
}

/** Words of a POSIX shell. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`;
}
