/**
 * What has changed since the last green run, for a brief.
 *
 * @module
 */
import { dirname } from "@std/path/dirname";
import { type ChangeGroup, compareRuns } from "../compare/mod.ts";
import { listRuns } from "../read/mod.ts";
import type { RunReader } from "../read/mod.ts";
import { briefName, briefText, briefValue } from "./brief_text.ts";

const CONSEQUENCES_MAX = 2;

/**
 * The last run before this one in its directory that was completed, where an
 * instance passed and none failed; null for none.
 */
export async function lastGreenRun(run: RunReader): Promise<RunReader | null> {
  const { timestamp, sut_name } = run.manifest;
  let last: RunReader | null = null;
  for await (const { run: other } of listRuns(dirname(run.path))) {
    if (!other || !isGreen(other) || other.path === run.path) continue;
    const { manifest } = other;
    if (manifest.sut_name !== sut_name || manifest.timestamp > timestamp) {
      continue;
    }
    if (!last || manifest.timestamp >= last.manifest.timestamp) last = other;
  }
  return last;
}

function isGreen({ state, summary }: RunReader): boolean {
  return state === "completed" && summary !== null && summary.pass_count > 0 &&
    summary.fail_count === 0 && summary.error_count === 0 &&
    summary.incomplete_count === 0;
}

/** Returns the lines on each cause of changes, those of new failures first. */
export async function changesSince(
  other: RunReader,
  run: RunReader,
): Promise<string[][]> {
  const { causes } = await compareRuns(other, run);
  return causes.listed.filter(({ change }) =>
    change.kind !== "manifest" && change.kind !== "summary"
  ).map(({ change, consequences, count, newlyFailing }) => {
    const failing = newlyFailing > 0
      ? `, ${newlyFailing} of them newly failing`
      : "";
    const instances = `${count} ${count === 1 ? "instance" : "instances"}`;
    const shown = consequences.filter(({ kind }) =>
      !["missingFile", "extraFile", "missingAssertion", "newlyFailing"]
        .includes(kind)
    ).slice(0, CONSEQUENCES_MAX);
    return [
      `${changeText(change)} (${instances}${failing})`,
      ...shown.map((change) => `  then ${changeText(change)}`),
    ];
  });
}

/** `place_order: body.total_cents: 2490 → 2489` */
function changeText(change: ChangeGroup): string {
  const { kind, step_name, name, path, reason, delta } = change;
  const values = path === null
    ? words(kind)
    : `${briefName(path)}: ${briefValue(change.recorded)} → ${
      briefValue(change.actual)
    }`;
  const isAmount = delta !== null && kind !== "changedStatus";
  const each = !isAmount || change.count < 2
    ? ""
    : ` (${delta > 0 ? "+" : ""}${delta} in each)`;
  const place = [step_name, name].filter((part) => part !== null).map(
    briefName,
  );
  return [
    ...place,
    `${values}${each}`,
    ...(reason === "" ? [] : [briefText(reason)]),
  ].join(": ");
}

/** `newly failing` */
function words(kind: string): string {
  return kind.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
