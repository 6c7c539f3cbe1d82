/**
 * Reads `replay.json`, which adds and forbids links of a run.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import type { LinkRules } from "../../mod.ts";
import { CliError, EXIT } from "./exit_codes.ts";

/** What a `replay.json` holds. */
export interface ReplayRules {
  /** Links to add or to forbid. */
  links?: LinkRules;
}

/** Reads a file of rules; the function that is given the rules checks them. */
export async function readRules(
  file: string | undefined,
): Promise<ReplayRules> {
  if (file === undefined) return {};
  let rules: unknown;
  try {
    rules = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    const reason = cause instanceof SyntaxError
      ? "it is not JSON"
      : "it cannot be read";
    throw rulesError(file, reason);
  }
  const { links, ...others } = Object(rules) as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw rulesError(file, `${JSON.stringify(unknown)} is not a field of it`);
  }
  return links === undefined ? {} : { links: links as LinkRules };
}

function rulesError(file: string, reason: string): CliError {
  return new CliError(
    `Cannot read rules from "${file}": ${reason}`,
    'Write it as {"links": {"add": [], "forbid": []}}',
    EXIT.wrongUsage,
  );
}
