/**
 * Reads the secrets that a replay is given.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { readVariable } from "./environment.ts";
import { CliError, EXIT, UsageError } from "./exit_codes.ts";
import type { Environment } from "./terminal/screen.ts";

/** Reads secrets from a file: arguments are visible to all users of the machine. */
export async function readSecrets(
  file: string | undefined,
): Promise<Record<string, string>> {
  if (file === undefined) return {};
  let secrets: unknown;
  try {
    secrets = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw secretsError(file, cause);
  }
  const isValid = typeof secrets === "object" && secrets !== null &&
    Object.values(secrets).every((value) => typeof value === "string");
  if (!isValid) throw secretsError(file);
  return secrets as Record<string, string>;
}

/** Takes secrets from variables of the environment: `name=VARIABLE`. */
export function secretsFrom(
  env: Environment,
  pairs: readonly string[],
): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => {
    const [name, variable] = pair.split("=", 2);
    if (name && variable) {
      return [name, readVariable(env, variable, "secret-env")];
    }
    throw new UsageError(
      `Cannot use --secret-env ${pair}: expected a name and a variable`,
      "Write it as --secret-env authorization=TOKEN",
    );
  }));
}

function secretsError(file: string, cause?: unknown): CliError {
  // The message of the parser would quote the content.
  const reason = cause instanceof SyntaxError || cause === undefined
    ? "it is not a JSON object of strings"
    : "it cannot be read";
  return new CliError(
    `Cannot read secrets from "${file}": ${reason}`,
    'Write it as {"name": "value"}',
    EXIT.wrongUsage,
  );
}
