/**
 * Reads secrets from the environment.
 *
 * @module
 */
import { UsageError } from "./exit_codes.ts";
import type { Environment } from "./terminal/screen.ts";

/**
 * Returns the value of a variable. Secrets are not arguments, because those are
 * visible to all users of the machine.
 *
 * @param option The option that names it.
 * @throws {UsageError} where it is not set, or empty.
 */
export function readVariable(
  env: Environment,
  name: string,
  option: string,
): string {
  const value = env[name];
  if (value !== undefined && value !== "") return value;
  throw new UsageError(
    `Cannot use --${option} ${name}: that variable is not set`,
    `Set it, as with ${name}=… wta …`,
  );
}
