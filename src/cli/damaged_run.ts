/**
 * Opens a damaged run and reports what cannot be read.
 *
 * @module
 */
import { type ArtifactError, openRun, type RunReader } from "../../mod.ts";
import { commandLine, dirOptions } from "./advice.ts";
import { pluralize } from "./terminal/format.ts";
import type { Screen } from "./terminal/screen.ts";
import { red } from "./terminal/text.ts";

const DAMAGE_SHOWN = 5;

/** What could not be read of a run: each place once. */
export class Damage {
  readonly #errors = new Map<string, ArtifactError>();

  /** Notes a damaged line or file. */
  add(error: ArtifactError): void {
    const place = `${error.file}:${error.line ?? ""}`;
    if (!this.#errors.has(place)) this.#errors.set(place, error);
  }

  /** Whether there is any. */
  get isFound(): boolean {
    return this.#errors.size > 0;
  }

  /** What is damaged, place by place. */
  get messages(): string[] {
    return [...this.#errors.values()].map(({ message }) => message);
  }

  /** Whether a file is damaged. */
  isIn(name: string): boolean {
    return [...this.#errors.values()].some(({ file }) => file?.endsWith(name));
  }

  /** Writes what is damaged, and how to list all of it; nothing where all is well. */
  write(screen: Screen, name: string, dir: string): void {
    if (!this.isFound) return;
    const errors = [...this.#errors.values()];
    screen.line();
    screen.line(
      red(`${pluralize(errors.length, "damaged places")} left out:`),
    );
    for (const { message } of errors.slice(0, DAMAGE_SHOWN)) {
      screen.paragraph(message, red);
    }
    const line = commandLine("verify", name, ...dirOptions(dir));
    screen.line(`List all damage: ${line}`);
  }
}

/** Opens a run; what cannot be read of it is noted. */
export async function openDamaged(
  path: string,
): Promise<{ run: RunReader; damage: Damage }> {
  const damage = new Damage();
  const run = await openRun(path, { onDamage: (error) => damage.add(error) });
  return { run, damage };
}
