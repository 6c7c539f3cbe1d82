/**
 * Reads every instance of a run in one pass, with the records of each together.
 *
 * @module
 */
import type { InstanceGroup } from "./instance_trace.ts";
import type { RunReader } from "./run_reader.ts";

/** One file of records, a block at a time. */
interface Source {
  blocks: AsyncGenerator<unknown[]>;
  /** The time of the last record that was read. */
  time: string;
  timeOf: (record: unknown) => string;
  take: (record: unknown) => void;
}

/**
 * Yields each instance when the last of its records was read: a first pass counts
 * them. The files are read side by side, by their times, so that what is held is
 * what was in flight at a time, and a number for each instance.
 *
 * @throws {ArtifactError} `CORRUPT_LINE`, `CORRUPT_FILE`, `READ_FAILED`
 */
export async function* groupedRecords(
  run: RunReader,
): AsyncGenerator<InstanceGroup> {
  const awaited = await countRecords(run);
  const pending = new Map<string, InstanceGroup>();
  const whole: InstanceGroup[] = [];
  const add = (
    instance_id: string,
    put: (group: InstanceGroup) => void,
  ): void => {
    const group = pending.get(instance_id) ?? {
      instance_id,
      instance: null,
      start: null,
      steps: [],
      assertions: [],
    };
    put(group);
    const left = (awaited.get(instance_id) ?? 0) - 1;
    awaited.set(instance_id, left);
    if (left !== 0) return void pending.set(instance_id, group);
    pending.delete(instance_id);
    whole.push(group);
  };
  for await (const start of run.started()) {
    add(start.instance_id, (group) => group.start = start);
  }
  const sources = [
    sourceOf(
      run.blocks("instances"),
      (it) => it.completed_at,
      (it) => add(it.instance_id, (group) => group.instance = it),
    ),
    sourceOf(
      run.blocks("steps"),
      (it) => it.timestamp,
      (it) => add(it.instance_id, (group) => group.steps.push(it)),
    ),
    sourceOf(
      run.blocks("assertions"),
      (it) => it.timestamp,
      (it) => add(it.instance_id, (group) => group.assertions.push(it)),
    ),
  ];
  try {
    while (sources.length > 0) {
      sources.sort((a, b) => a.time < b.time ? -1 : 1);
      const next = sources[0]!;
      const { done, value } = await next.blocks.next();
      if (done) sources.shift();
      else {
        value.forEach(next.take);
        next.time = next.timeOf(value.at(-1));
      }
      yield* whole.splice(0);
    }
  } finally {
    // Where it is left early, the files are still open.
    for (const { blocks } of sources) await blocks.return(undefined);
  }
  yield* pending.values(); // Of a run that goes on: there are more by now.
}

async function countRecords(run: RunReader): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const count = ({ instance_id }: { instance_id: string }) =>
    counts.set(instance_id, (counts.get(instance_id) ?? 0) + 1);
  for await (const start of run.started()) {
    count(start);
  }
  for (const kind of ["instances", "steps", "assertions"] as const) {
    for await (const records of run.blocks(kind)) records.forEach(count);
  }
  return counts;
}

function sourceOf<R>(
  blocks: AsyncGenerator<R[]>,
  timeOf: (record: R) => string,
  take: (record: R) => void,
): Source {
  return { blocks, time: "", timeOf, take } as Source;
}
