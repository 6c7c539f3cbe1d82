/**
 * Finds an instance, and suggests the closest id where it is not there.
 *
 * @module
 */
import type { InstanceRecord, RunReader } from "../../mod.ts";
import leven from "leven";
import { ArtifactError } from "../errors.ts";
import { CliError } from "./exit_codes.ts";
import { commandLine } from "./advice.ts";
import { closestName } from "../check/closest_name.ts";

/** Returns the record of an instance; null where it did not complete. */
export async function findInstance(
  run: RunReader,
  instance_id: string,
): Promise<InstanceRecord | null> {
  for await (const record of run.instances({ instance_id })) return record;
  return null;
}

/** Does work on an instance; the error for an unknown id suggests the closest one. */
export async function withSuggestion<T>(
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

/** The error for an instance that is not in the run, with the closest id. */
async function instanceNotFound(
  run: RunReader,
  instance_id: string,
): Promise<CliError> {
  let closest = { id: "", distance: Infinity };
  // 12 means inst_012.
  const digits = /^\d+$/.test(instance_id) ? Number(instance_id) : undefined;
  for await (const { instance_id: id } of run.instances()) {
    const distance = digits !== undefined &&
        Number(/^inst_(\d+)$/.exec(id)?.[1]) === digits
      ? 0
      : leven(instance_id, id, { maxDistance: closest.distance });
    if (distance < closest.distance) closest = { id, distance };
    if (distance === 0) break;
  }
  const suggestion = closest.distance === 0
    ? closest.id
    : closestName(instance_id, closest.id === "" ? [] : [closest.id]);
  return new CliError(
    `Cannot find instance "${instance_id}" in run "${run.run_id}"`,
    suggestion === undefined
      ? `List the instances of the run: ${commandLine("instances", run.path)}`
      : `Did you mean "${suggestion}"?`,
  );
}
