/** The three runtimes as processes. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The repository. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/** A runtime that tests can start. */
export type Runtime = "deno" | "bun" | "node";

/** The runtime that this test runs on. */
export const RUNTIME: Runtime = "Deno" in globalThis
  ? "deno"
  : "Bun" in globalThis
  ? "bun"
  : "node";

/** Whether dependencies come from npm; without node_modules they come from JSR. */
export const NPM_DOOR: boolean = existsSync(join(ROOT, "node_modules"));

/** Options of a test that proves the same wherever it runs. */
export const ONCE: { skip: false | string } = {
  skip: RUNTIME !== (NPM_DOOR ? "node" : "deno") &&
    "the suite of Node holds it",
};

/** Options of a test that starts all three runtimes itself. */
export const WITH_ALL_RUNTIMES: { skip: false | string } = {
  skip: NPM_DOOR ? ONCE.skip : "it needs the runtimes that `npm ci` brings",
};

/** Program and arguments that run a TypeScript file on a runtime. */
export function command(
  runtime: Runtime,
  file: string,
  args: string[] = [],
  denoFlags: string[] = ["--allow-all"],
): [program: string, args: string[]] {
  const program = runtime === RUNTIME
    ? process.execPath
    : join(ROOT, "node_modules", ".bin", runtime);
  if (runtime !== "deno") return [program, [file, ...args]];
  const config = `--config=${
    join(ROOT, NPM_DOOR ? "deno.npm.json" : "deno.json")
  }`;
  return [program, [
    "run",
    "--no-check",
    "--no-prompt",
    config,
    ...denoFlags,
    file,
    ...args,
  ]];
}

/** What a finished process left. */
export interface Finished {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

/** The environment of a process whose output a test reads: without colours. */
export function plainEnv(): Record<string, string | undefined> {
  const env: Record<string, string | undefined> = {
    ...process.env,
    NO_COLOR: "1",
  };
  delete env.FORCE_COLOR; // Node warns on stderr where both are set.
  delete env.NODE_TEST_CONTEXT; // Node's runner would run no tests in it.
  return env;
}

/** Runs a program to its end. */
export function finish(
  program: string,
  args: string[],
  cwd: string = ROOT,
  env: Record<string, string> = {},
): Promise<Finished> {
  const child = spawn(program, args, {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...plainEnv(), ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => stdout += text);
  child.stderr.setEncoding("utf8").on("data", (text) => stderr += text);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on(
      "close",
      (code, signal) => resolve({ code, signal, stdout, stderr }),
    );
  });
}
