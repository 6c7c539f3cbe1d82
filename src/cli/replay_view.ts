/**
 * Shows the steps of a replay.
 *
 * @module
 */
import type { Difference, JsonValue, ReplayedStep } from "../../mod.ts";
import { compactJson } from "../json/preview.ts";
import { widthOf } from "./terminal/render.ts";
import type { Screen } from "./terminal/screen.ts";
import { dim, green, red, yellow } from "./terminal/text.ts";

const DIFFERENCES_SHOWN = 10;

/** Writes a step, and how it differs. */
export function writeStep(out: Screen, step: ReplayedStep): void {
  const { recorded, error, skipped, differences, differencesCount } = step;
  const title = `${recorded.step_index}  ${recorded.step_name}`;
  if (skipped) out.line([yellow("- "), title, dim(`  skipped: ${error}`)]);
  else if (differencesCount === 0) out.line([green("✓ "), title]);
  else out.line([red("✗ "), title, error === null ? "" : red(`  ${error}`)]);
  for (const { from, to } of step.lost) {
    out.line(yellow(
      `    ${to.path} as recorded: step ${from.step_index} has no ${from.path} now`,
    ));
  }
  for (const difference of differences.slice(0, DIFFERENCES_SHOWN)) {
    writeDifference(out, difference);
  }
  const leftOut = differencesCount -
    Math.min(differences.length, DIFFERENCES_SHOWN);
  if (leftOut > 0) out.line(dim(`    ${leftOut} more`));
}

function writeDifference(
  out: Screen,
  { path, recorded, actual }: Difference,
): void {
  const place = path === "" ? "    the step" : `    ${path}`;
  const before = shownValue(recorded);
  const after = red(shownValue(actual));
  const line = [place, dim("  recorded "), before, dim("  now "), after];
  if (widthOf(line, out.style) <= out.columns) return out.line(line);
  out.cutLine(place);
  out.cutLine([dim("      recorded "), before]);
  out.cutLine([dim("      now      "), after]);
}

function shownValue(value: JsonValue | undefined): string {
  return value === undefined ? "nothing" : compactJson(value);
}
