/**
 * Forms as `multipart/form-data`, with the same bytes in every run.
 *
 * @module
 */
/** A form as it is sent. */
export interface Multipart {
  /** The whole body; files are not read for it. */
  body: Blob;
  /** Its content type, with the boundary. */
  type: string;
}

/**
 * Encodes a form (RFC 7578, as `fetch` does). The boundary is a hash of what the
 * form says, and not a random one: two recordings of the same are equal.
 */
export async function encodeMultipart(form: FormData): Promise<Multipart> {
  const entries = [...form].map(([name, value]) => ({
    head: headOf(name, value),
    content: typeof value === "string" ? withCrLf(value) : value,
  }));
  const summary = entries.map(({ head, content }) => [
    head,
    typeof content === "string" ? content : content.size,
  ]);
  const boundary = `form-${await hashOf(JSON.stringify(summary))}`;
  const parts = entries.flatMap(({ head, content }) => [
    `--${boundary}\r\n${head}\r\n\r\n`,
    content,
    "\r\n",
  ]);
  return {
    body: new Blob([...parts, `--${boundary}--\r\n`]),
    type: `multipart/form-data; boundary=${boundary}`,
  };
}

function headOf(name: string, value: FormDataEntryValue): string {
  const head = `Content-Disposition: form-data; name="${
    quoted(withCrLf(name))
  }"`;
  if (typeof value === "string") return head;
  const type = value.type || "application/octet-stream";
  return `${head}; filename="${quoted(value.name)}"\r\nContent-Type: ${type}`;
}

async function hashOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(
    new Uint8Array(digest, 0, 16),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}

function withCrLf(text: string): string {
  return text.replace(/\r\n|\r|\n/g, "\r\n");
}

function quoted(text: string): string {
  return text.replaceAll("\n", "%0A").replaceAll("\r", "%0D")
    .replaceAll('"', "%22");
}
