/**
 * Secrets from the environment: as arguments, everybody on the machine would see
 * them.
 *
 * @module
 */
import { UsageError } from "./exit_codes.ts";
import type { Environment } from "./terminal/screen.ts";

/**
 * The value of a variable.
 *
 * @param option The option that names it.
 * @throws {UsageError} where it has none: nothing would be looked for.
 */
export function fromEnvironment(
  env: Environment,
  name: string,
  option: string,
): string {
  const value = env[name];
  if (value !== undefined && value !== "") return value;
  throw new UsageError(
    `Cannot use --${option} ${name}: the environment has no such variable`,
    `Set it, as with ${name}=… wta …`,
  );
}
