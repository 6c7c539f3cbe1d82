/**
 * Writes the instances of a run as JSON, piece by piece.
 *
 * @module
 */
import type { InstanceTable } from "./instance_table.ts";
import type { InstanceColumns } from "./model.ts";

/** Values that are made into text together. */
const PIECE_VALUES = 10_000;

/** {@linkcode InstanceColumns} as JSON: the whole of it is never in memory. */
export function* columnsText(instances: InstanceTable): Generator<string> {
  const { length } = instances;
  const columns: Record<keyof InstanceColumns, (place: number) => unknown> = {
    id: (place) => instances.idOf(place),
    scenario: (place) => instances.scenario[place],
    verdict: (place) => instances.verdict[place],
    key: (place) => instances.keyOf(place),
    startMs: (place) => instances.startMs[place],
    durationMs: (place) => instances.durationMs[place],
    steps: (place) => instances.steps[place],
    cause: (place) => instances.cause[place],
  };
  let before = "{";
  for (const [name, valueOf] of Object.entries(columns)) {
    yield `${before}"${name}":`;
    yield* arrayText(length, valueOf);
    before = ",";
  }
  yield "}";
}

function* arrayText(
  length: number,
  valueOf: (place: number) => unknown,
): Generator<string> {
  for (let from = 0; from < length; from += PIECE_VALUES) {
    const count = Math.min(PIECE_VALUES, length - from);
    const values = Array.from({ length: count }, (_, i) => valueOf(from + i));
    yield (from === 0 ? "[" : ",") + JSON.stringify(values).slice(1, -1);
  }
  yield length === 0 ? "[]" : "]";
}
