/**
 * Reads secrets from the environment.
 *
 * @module
 */
import type { Arguments } from "./arguments.ts";
import type { Context } from "./command.ts";
import { UsageError } from "./exit_codes.ts";
import type { Environment } from "./terminal/screen.ts";

/**
 * Returns the values of the variables that `--scan-env` names, and hides them in
 * the output.
 *
 * @throws {UsageError} where one is not set, or empty.
 */
export function secretsToFind(
  args: Arguments,
  { env, out, err }: Context,
): Record<string, string> {
  const option = "scan-env";
  const secrets = Object.fromEntries(
    args.texts(option).map((name) => [name, readVariable(env, name, option)]),
  );
  out.conceal(Object.values(secrets));
  err.conceal(Object.values(secrets));
  return secrets;
}

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
