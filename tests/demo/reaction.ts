/**
 * How the shop reacts to a request.
 *
 * @module
 */
import type { JsonObject } from "../../mod.ts";

/** What the server is to answer, and what goes into its log. */
export interface Reaction {
  /** Status code; null where the connection is dropped without an answer. */
  status_code: number | null;
  body: JsonObject;
  /** Headers besides the usual ones. */
  headers?: Record<string, string>;
  /** Whose request it was, as far as the shop can tell. */
  customer_id?: string;
  /** For the shop's own log; the customer never sees it. */
  log?: string;
}

/** An answer that says what is wrong. */
export function refuse(
  status_code: number,
  error: JsonObject & { code: string; message: string },
  more: Omit<Reaction, "status_code" | "body"> = {},
): Reaction {
  return { status_code, body: { error }, ...more };
}

/** The answer to an id that nobody was given. */
export function unknown(kind: string, id: unknown): Reaction {
  const message = `There is no ${kind} ${JSON.stringify(id ?? null)}`;
  return refuse(404, { code: `no_such_${kind}`, message });
}
