/**
 * An executor that is a program of its own: JSON lines to it, and back.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type {
  Observation,
  ReplayContext,
  ReplayExecutor,
  StepRecord,
} from "../../mod.ts";
import { ArtifactError, messageOf } from "../errors.ts";

/** How long a program may take to end once it has its last step. */
const END_MS_MAX = 5_000;

interface Pending {
  resolve: (observation: Observation) => void;
  reject: (error: Error) => void;
}

/**
 * Passes steps to one process, which is started with the first of them. Each is a
 * line `{"id", "step", "context"}` on its standard input; it answers by a line
 * `{"id", "observation"}`, `{"id", "error"}` or `{"id", "refused"}` on its standard
 * output, in any order.
 */
export class CommandExecutor {
  readonly #command: string;
  readonly #pending = new Map<number, Pending>();
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #count = 0;

  /** @param command A command line for the shell. */
  constructor(command: string) {
    this.#command = command;
  }

  /** Executes a step. */
  readonly execute: ReplayExecutor = (step, context) => {
    if (this.#failure) throw this.#failure;
    const child = this.#child ??= this.#start();
    const id = ++this.#count;
    const { resolve, reject, promise } = Promise.withResolvers<Observation>();
    this.#pending.set(id, { resolve, reject });
    child.stdin!.write(
      JSON.stringify({ id, ...messageFor(step, context) }) + "\n",
    );
    return promise;
  };

  /** Ends the process, and waits for it. */
  async close(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    child.stdin!.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), END_MS_MAX);
    await this.#ended;
    clearTimeout(timer);
  }

  #start(): ChildProcess {
    const child = spawn(this.#command, {
      shell: true,
      stdio: ["pipe", "pipe", "inherit"],
    });
    child.stdin!.on("error", () => {}); // Its end says more.
    const lines = createInterface({ input: child.stdout! });
    lines.on("line", (line) => this.#onLine(line));
    const ended = Promise.withResolvers<void>();
    this.#ended = ended.promise;
    child.on("error", (cause) => {
      this.#fail(`cannot be started: ${messageOf(cause)}`);
      ended.resolve();
    });
    child.on("close", (code, signal) => {
      this.#fail(`ended with ${signal ?? `exit code ${code}`}`);
      ended.resolve();
    });
    return child;
  }

  #onLine(line: string): void {
    if (line.trim() === "") return;
    let answer: Record<string, unknown>;
    try {
      answer = Object(JSON.parse(line));
    } catch {
      return this.#fail(`wrote a line that is not JSON: ${line.slice(0, 80)}`);
    }
    const pending = this.#pending.get(answer["id"] as number);
    if (!pending) {
      return this.#fail(
        `answered a step that was not asked for: "id" is ${
          JSON.stringify(answer["id"])
        }`,
      );
    }
    this.#pending.delete(answer["id"] as number);
    const { observation, error, refused } = answer;
    if (observation !== undefined) pending.resolve(observation as Observation);
    else if (refused !== undefined) {
      pending.reject(
        new ArtifactError("INCOMPLETE_RECORDING", String(refused)),
      );
    } else {
      pending.reject(
        new Error(
          error === undefined
            ? `The program gave no observation: ${line.slice(0, 80)}`
            : String(error),
        ),
      );
    }
  }

  #fail(reason: string): void {
    this.#failure ??= new Error(`The program "${this.#command}" ${reason}`);
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }
}

function messageFor(step: StepRecord, context: ReplayContext): object {
  const { earlier: _, signal: __, ...rest } = context;
  return { step, context: rest };
}
