/** Values that another realm makes: the source, to run in a `vm`. */
export const REALM_VALUES = `({
  list: [1, { deep: null }],
  date: new Date(0),
  map: new Map([["a", 1n]]),
  set: new Set(["b"]),
  pattern: /c/g,
  bytes: new Uint8Array([1, 2, 3]),
})`;
