/**
 * Global functions of the runtime, where a test has put fakes in their place.
 *
 * @module
 */

/** A fake of sinon, Vitest or Jest: what it stands for is kept in its clock. */
type Fake = { clock?: Record<string, unknown> };

/**
 * Returns a global function or object as the runtime has it. Returns undefined
 * where it is missing, as `setImmediate` in a page, and where it is a fake that
 * does not say what it stands for.
 */
export function genuine<Name extends keyof typeof globalThis>(
  name: Name,
): (typeof globalThis)[Name] | undefined {
  const found: unknown = globalThis[name];
  const { clock } = (found ?? {}) as Fake;
  const isFake = clock !== undefined ||
    // Those of `node:test` are bound functions.
    (typeof found === "function" && found.name !== name);
  return (isFake ? clock?.[`_${name}`] : found) as
    | (typeof globalThis)[Name]
    | undefined;
}
