/**
 * Calls a function when the process ends.
 *
 * @module
 */

/** What the runtimes have of `process`. */
interface ExitingProcess {
  on(event: "exit", listener: () => void): unknown;
  listenerCount(event: string): number;
}

/** The events of Deno by which a process ends, with those of `process`. */
const UNCAUGHT = {
  error: "uncaughtException",
  unhandledrejection: "unhandledRejection",
};

/**
 * Calls a function with the reason when the process, or this worker thread, exits:
 * also after an uncaught error, but not when it is killed. Does nothing where the
 * runtime has no such event.
 */
export function onProcessExit(listener: (reason: string) => void): void {
  const { process } = globalThis as { process?: Partial<ExitingProcess> };
  const exits = () => listener("the process exits");
  if (!("Deno" in globalThis)) {
    process?.on?.("exit", exits);
    return;
  }
  // Deno exits after an uncaught error without an event for the exit.
  addEventListener("unload", exits);
  for (const [type, handled] of Object.entries(UNCAUGHT)) {
    addEventListener(type, (event) => {
      if (event.defaultPrevented || process?.listenerCount?.(handled)) return;
      listener("an error was not caught");
    });
  }
}
