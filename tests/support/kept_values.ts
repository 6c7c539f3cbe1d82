/**
 * What is kept of a value: without holes, `undefined` members and prototypes of
 * null.
 */
export function whatIsKept(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, whatIsKept);
  if (value instanceof Map) {
    return new Map(
      [...value].map(([key, item]) => [whatIsKept(key), whatIsKept(item)]),
    );
  }
  if (value instanceof Set) return new Set([...value].map(whatIsKept));
  if (typeof value !== "object" || value === null) return value;
  const isObject = [Object.prototype, null].includes(
    Object.getPrototypeOf(value),
  );
  if (!isObject) return value;
  const copy = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    Object.defineProperty(copy, key, {
      value: whatIsKept(member),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return copy;
}
