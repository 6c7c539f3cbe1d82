/**
 * The changes between two runs by cause, as rows of text.
 *
 * @module
 */
import type { ChangeCause, ChangeGroup, RunComparison } from "../../mod.ts";
import { compactJson, shorten } from "../json/preview.ts";
import { formatInteger } from "./terminal/format.ts";

const CAUSES_SHOWN = 15;
const CONSEQUENCES_SHOWN = 3;
const VALUE_LENGTH_MAX = 80;
const TEXT_LENGTH_MAX = 300;

/** A row: a cause, or what followed from the cause above it. */
export interface CauseRow {
  /** Number of newly failing instances; `""` for a consequence. */
  failing: string;
  /** Number of instances. */
  instances: string;
  /** An instance; `""` for a consequence. */
  example: string;
  /** The change. */
  text: string;
}

/** Returns the first causes, each with its first consequences below it. */
export function causeRows({ causes }: RunComparison): CauseRow[] {
  return causes.listed.slice(0, CAUSES_SHOWN).flatMap(rowsOf);
}

/** Returns a note on what the rows leave out; `""` for nothing. */
export function causesNote({ causes }: RunComparison): string {
  const more = causes.count - Math.min(causes.listed.length, CAUSES_SHOWN);
  return [
    ...(more > 0 ? [`${formatInteger(more)} more causes: --json`] : []),
    ...(causes.ungrouped > 0
      ? [`${formatInteger(causes.ungrouped)} changes are in no cause: too many`]
      : []),
  ].join("; ");
}

/** Formats a kind of change: `newly failing`. */
export function kindWords(kind: string): string {
  return kind.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function rowsOf(cause: ChangeCause): CauseRow[] {
  const { change, consequences, examples, scenarios } = cause;
  const others = consequences.filter(({ kind, reason }) =>
    !["missingFile", "extraFile", "missingAssertion"].includes(kind) &&
    (kind !== "newlyFailing" || reason !== "")
  );
  const shown = others.slice(0, CONSEQUENCES_SHOWN);
  const more = consequences.length - shown.length;
  const of = scenarios.length === 0 ? "" : `, in ${scenarios.join(", ")}`;
  const rest = more > 0 ? `, and ${more} more` : "";
  return [
    {
      failing: formatInteger(cause.newlyFailing),
      instances: cause.count === 0 ? "-" : formatInteger(cause.count),
      example: examples[0] ?? "-",
      text: shorten(changeText(change) + of, TEXT_LENGTH_MAX),
    },
    ...shown.map((change, i) => ({
      failing: "",
      instances: formatInteger(change.count),
      example: "",
      text: `  then ${shorten(changeText(change), TEXT_LENGTH_MAX)}${
        i === shown.length - 1 ? rest : ""
      }`,
    })),
  ];
}

/** `place_order: body.total_cents 2490 → 2489 (-1 in each)` */
function changeText(change: ChangeGroup): string {
  const { kind, step_name, name, path, reason } = change;
  const whole = kind === "summary" ? "one run has none" : kindWords(kind);
  const values = path === null ? whole : valuesOf(change);
  const place = [step_name, name].filter((part) => part !== null);
  if (kind === "manifest" || kind === "summary") place.unshift(kind);
  if (kind.endsWith("Assertion")) {
    return [...place, reason || values].join(": ");
  }
  if (kind.startsWith("newly")) {
    return [...place, kindWords(kind), reason].filter(Boolean).join(": ");
  }
  return [...place, values, reason].filter(Boolean).join(": ");
}

function valuesOf(change: ChangeGroup): string {
  const { kind, path, delta, count } = change;
  const text = (side: "recorded" | "actual") =>
    side in change ? compactJson(change[side], VALUE_LENGTH_MAX) : "nothing";
  const sign = delta !== null && delta > 0 ? "+" : "";
  const isAmount = delta !== null && kind !== "changedStatus";
  const each = isAmount && count > 1 ? ` (${sign}${delta} in each)` : "";
  return `${path} ${text("recorded")} → ${text("actual")}${each}`;
}
