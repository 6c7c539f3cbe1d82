/** What a person sees who types commands: the command lines and what they say. */
import { join } from "node:path";
import process from "node:process";
import { runCli } from "../../src/cli/cli.ts";
import type { Environment, Output } from "../../src/cli/terminal/screen.ts";
import { command, finish, ROOT, RUNTIME } from "../support/runtimes.ts";

/** The program. */
export const MAIN: string = join(ROOT, "src", "cli", "main.ts");

/** A finished command. */
export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `wta` as a process of the runtime at hand, in `cwd`. */
export async function wta(line: string, cwd: string): Promise<Ran> {
  const [program, args] = command(RUNTIME, MAIN, wordsOf(line));
  return await finish(program, args, cwd);
}

/** A stream that keeps what it is given. */
export class Captured implements Output {
  text = "";
  readonly isTTY: boolean;
  readonly columns: number | undefined;

  /** @param columns Those of a terminal; without them it is none. */
  constructor(columns?: number) {
    this.isTTY = columns !== undefined;
    this.columns = columns;
  }

  write(text: string): boolean {
    this.text += text;
    return true;
  }

  on(): void {}

  once(): void {}
}

/** Calls `wta` in this process, in `cwd`; on a terminal, where it has columns. */
export async function callWta(
  line: string,
  cwd: string,
  columns?: number,
  env: Environment = { LANG: "C.UTF-8" },
): Promise<Ran> {
  const [stdout, stderr] = [new Captured(columns), new Captured(columns)];
  const before = process.cwd();
  process.chdir(cwd);
  try {
    const code = await runCli(wordsOf(line), { stdout, stderr, env });
    return { code, stdout: stdout.text, stderr: stderr.text };
  } finally {
    process.chdir(before);
  }
}

/**
 * `$ wta show latest`, what it says, and `[exit code 1]` where it is not 0.
 *
 * @param standIns What is shown for what differs from time to time.
 * @param runFirst Runs the first command; the others are calls.
 */
export async function transcriptOf(
  lines: readonly string[],
  cwd: string,
  standIns: Readonly<Record<string, string>>,
  runFirst: (line: string, cwd: string) => Promise<Ran>,
): Promise<string> {
  const parts: string[] = [];
  for (const [i, line] of lines.entries()) {
    const run = i === 0 ? runFirst : callWta;
    let real = line;
    for (const [shown, meant] of Object.entries(standIns)) {
      real = real.replaceAll(shown, meant);
    }
    const { code, stdout, stderr } = await run(real, cwd);
    const exit = code === 0 ? "" : `[exit code ${code}]\n`;
    parts.push(`$ wta ${line}\n${stdout}${stderr}${exit}`);
  }
  let text = parts.join("\n");
  for (const [shown, meant] of Object.entries(standIns)) {
    text = text.replaceAll(meant, shown);
  }
  return text;
}

/** The words of a line; single quotes are those of a shell. */
function wordsOf(line: string): string[] {
  return (line.match(/(?:'[^']*'|[^\s'])+/g) ?? [])
    .map((word) => word.replaceAll("'", ""));
}
