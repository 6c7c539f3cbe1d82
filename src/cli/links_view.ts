/**
 * Writes the links of an instance.
 *
 * @module
 */
import type { Link, StepRecord } from "../../mod.ts";
import { pluralize } from "./terminal/format.ts";
import type { Screen } from "./terminal/screen.ts";
import { dim } from "./terminal/text.ts";

/** Writes links, each from where to where; cut by the terminal unless in full. */
export function writeLinks(
  screen: Screen,
  links: readonly Link[],
  steps: readonly StepRecord[],
  full: boolean,
): void {
  const names = new Map(
    steps.map(({ step_index, step_name }) => [step_index, step_name]),
  );
  const placeText = ({ step_index, path }: Link["from"]) =>
    `${step_index} ${names.get(step_index) ?? ""} ${path}`;
  for (const { from, to, why, confidence } of links) {
    const text = [
      placeText(from),
      dim(" → "),
      placeText(to),
      dim(`  ${why}, ${confidence} confidence`),
    ];
    if (full) screen.line(text);
    else screen.cutLine(text);
  }
}

/** The heading above links. */
export function linksTitle(links: readonly Link[]): string {
  return `${pluralize(links.length, "links")} that a replay follows`;
}
