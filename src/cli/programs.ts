/**
 * The programs that execute steps of a replay: `--command`.
 *
 * @module
 */
import type { ReplayExecutor } from "../../mod.ts";
import { CommandExecutor } from "./command_executor.ts";

/** Steps of the types that no other program is for. */
const ANY_TYPE = "*";

/** Programs by the type of step that they execute. */
export class Programs implements AsyncDisposable {
  readonly #programs: ReadonlyMap<string, CommandExecutor>;

  /** @param texts Command lines, or `type=line`; no process is started yet. */
  constructor(texts: readonly string[]) {
    this.#programs = new Map(
      texts.map((text) => {
        const [, type = ANY_TYPE, line] = /^(?:(\w+)=)?(.*)$/s.exec(text)!;
        return [type, new CommandExecutor(line!)] as const;
      }),
    );
  }

  /** Whether one of them executes the steps of all types. */
  get areForAll(): boolean {
    return this.#programs.has(ANY_TYPE);
  }

  /** The executor of a type; undefined where no program is for it. */
  executorOf(step_type: string): ReplayExecutor | undefined {
    const program = this.#programs.get(step_type) ??
      this.#programs.get(ANY_TYPE);
    return program?.execute;
  }

  /** Ends all processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      [...this.#programs.values()].map((program) => program.close()),
    );
  }
}
