/**
 * Calls a function when the process exits.
 *
 * @module
 */

/** What the runtimes have of `process`. */
interface ExitingProcess {
  on(event: "exit", listener: () => void): unknown;
}

/**
 * Calls a function when the process, or this worker thread, exits: also after an
 * uncaught error (not on Deno), but not when it is killed. Does nothing where the
 * runtime has no such event.
 */
export function onProcessExit(listener: () => void): void {
  const { process } = globalThis as { process?: Partial<ExitingProcess> };
  process?.on?.("exit", listener);
}
