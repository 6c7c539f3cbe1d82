/**
 * The instance that somebody means.
 *
 * @module
 */
import leven from "leven";
import { ArtifactError } from "../errors.ts";
import type { InstanceRecord } from "../format/records.ts";
import type { RunReader } from "../read/mod.ts";
import { CliError } from "./exit_codes.ts";
import { commandLine } from "./shell.ts";
import { closestName } from "../check/closest_name.ts";

/** The line of an instance; null where it has none. */
export async function findInstance(
  run: RunReader,
  instance_id: string,
): Promise<InstanceRecord | null> {
  for await (const record of run.instances({ instance_id })) return record;
  return null;
}

/** Does work on an instance, and tells the nearest one where it is not there. */
export async function reportedInstance<T>(
  run: RunReader,
  instance_id: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isMissing = error instanceof ArtifactError &&
      error.code === "INSTANCE_NOT_FOUND";
    throw isMissing ? await instanceNotFound(run, instance_id) : error;
  }
}

/** The error for an instance that is not in the run, with the nearest one. */
async function instanceNotFound(
  run: RunReader,
  instance_id: string,
): Promise<CliError> {
  let best = { id: "", distance: Infinity };
  // 12 means inst_012.
  const digits = /^\d+$/.test(instance_id) ? Number(instance_id) : undefined;
  for await (const { instance_id: id } of run.instances()) {
    const distance = digits !== undefined &&
        Number(/^inst_(\d+)$/.exec(id)?.[1]) === digits
      ? 0
      : leven(instance_id, id, { maxDistance: best.distance });
    if (distance < best.distance) best = { id, distance };
    if (distance === 0) break;
  }
  const meant = best.distance === 0
    ? best.id
    : closestName(instance_id, best.id === "" ? [] : [best.id]);
  return new CliError(
    `Cannot find instance "${instance_id}" in run "${run.run_id}"`,
    meant === undefined
      ? `See the instances of the run: ${commandLine("instances", run.path)}`
      : `Did you mean "${meant}"?`,
  );
}
