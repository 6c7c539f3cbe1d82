/**
 * Reads `replay.json`: links that are added and forbidden, and noise.
 *
 * @module
 */
import { access, readFile, writeFile } from "node:fs/promises";
import type { LinkRules, NoiseRule } from "../../mod.ts";
import { CliError, EXIT } from "./exit_codes.ts";

/** What a `replay.json` holds. */
export interface ReplayRules {
  /** Links to add or to forbid. */
  links?: LinkRules;
  /** What replays differ in. */
  noise?: readonly NoiseRule[];
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
  const { links, noise, ...others } = Object(rules) as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw rulesError(file, `${JSON.stringify(unknown)} is not a field of it`);
  }
  return {
    ...(links !== undefined && { links: links as LinkRules }),
    ...(noise !== undefined && { noise: noise as NoiseRule[] }),
  };
}

/** Reads a file of rules that may not be there yet. */
export async function readRulesIfAny(file: string): Promise<ReplayRules> {
  try {
    await access(file);
  } catch {
    return {}; // It is made.
  }
  return await readRules(file);
}

/** Writes a file of rules, for people to review. */
export async function writeRules(
  file: string,
  rules: ReplayRules,
): Promise<void> {
  await writeFile(file, JSON.stringify(rules, null, 2) + "\n");
}

function rulesError(file: string, reason: string): CliError {
  return new CliError(
    `Cannot read rules from "${file}": ${reason}`,
    'Write it as {"links": {"add": [], "forbid": []}, "noise": []}',
    EXIT.wrongUsage,
  );
}
