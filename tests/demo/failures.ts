/**
 * Which instances of a run failed, and of what.
 *
 * @module
 */
import type { AssertionRecord, InstanceRecord, RunReader } from "../../mod.ts";
import { printable, type Style } from "./terminal.ts";

/** An instance that failed, and the assertion that broke, if one did. */
export interface Failure {
  instance: InstanceRecord;
  broken: AssertionRecord | undefined;
}

/** The failed instances, in the order of their ids. */
export async function findFailures(run: RunReader): Promise<Failure[]> {
  const broken = new Map<string, AssertionRecord>();
  for await (const assertion of run.assertions({ passed: false })) {
    const { instance_id } = assertion;
    if (!broken.has(instance_id)) broken.set(instance_id, assertion);
  }
  const failures: Failure[] = [];
  for await (const instance of run.instances({ passed: false })) {
    failures.push({ instance, broken: broken.get(instance.instance_id) });
  }
  return failures.sort((a, b) =>
    a.instance.instance_id < b.instance.instance_id ? -1 : 1
  );
}

/** The failure to look at first: a broken assertion tells more than no answer. */
export function mostTelling(failures: readonly Failure[]): Failure | undefined {
  return failures.find(({ broken }) => broken) ?? failures[0];
}

/** Why an instance failed, in a few words. */
function reasonOf({ instance, broken }: Failure): string {
  return instance.error ?? broken?.message ?? "no reason was recorded";
}

/** A line for each of the first failures, and how many more there are. */
export function listFailures(
  failures: readonly Failure[],
  style: Style,
  listed_max = 5,
): string[] {
  const title = failures.length === 1
    ? "1 instance failed"
    : `${failures.length} instances failed`;
  const lines = failures.slice(0, listed_max).map((failure) => {
    const { instance_id, scenario_id } = failure.instance;
    const cells = [instance_id, scenario_id.padEnd(8), reasonOf(failure)];
    return `  ${cells.map((cell) => printable(cell)).join("  ")}`;
  });
  const rest = failures.length - lines.length;
  return [
    style.bold(title),
    ...lines,
    ...(rest > 0 ? [`  … ${rest} more`] : []),
  ];
}
