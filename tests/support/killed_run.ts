/**
 * A run that something happens to, seen from outside: what its writer said was
 * acknowledged, held against what is on the disk.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { openRun, type RunReader } from "../../mod.ts";
import { command, plainEnv, type Runtime } from "./runtimes.ts";

/** How many instances are under way at once. */
export const PRODUCERS = 32;

/** How many steps an instance takes: follows from its id. */
export function stepsOf(instance_id: string): number {
  return Number(instance_id.slice("inst_".length)) % 7 + 1;
}

/** What a step of an instance saw: follows from its id, in several bytes a letter. */
export function payload(instance_id: string, index: number): string {
  return `${instance_id}/${index} ${"é🛒".repeat(index * 40)}`;
}

/** A writer in a process of its own. */
export class Writer {
  readonly path: string;
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  /** Resolves with the signal or exit code. */
  readonly ended: Promise<string | number | null>;
  #output = "";
  #errors = "";

  constructor(
    dir: string,
    durability: string,
    runtime: Runtime,
    prefix: string[] = [],
  ) {
    this.path = join(dir, "run_1");
    const [program, args] = command(
      runtime,
      "tests/programs/record_until_killed.ts",
      [dir, durability],
    );
    const [first, ...rest] = [...prefix, program, ...args];
    const child = spawn(first!, rest, {
      stdio: ["ignore", "pipe", "pipe"],
      env: plainEnv(),
    });
    this.child = child;
    const ready = Promise.withResolvers<void>();
    this.ready = ready.promise;
    child.stdout.setEncoding("utf8").on("data", (text) => {
      this.#output += text;
      ready.resolve();
    });
    child.stderr.setEncoding("utf8").on("data", (text) => this.#errors += text);
    this.ended = new Promise((resolve) =>
      child.on("close", (code, signal) => {
        ready.reject(new Error(`The writer ended: ${code} ${this.#errors}`));
        resolve(signal ?? code);
      })
    );
    this.ready.catch(() => {});
  }

  /**
   * Not by `child.kill`: after that, Deno reports the signal as the end of the
   * process even where the process handled it.
   */
  signal(signal: "SIGKILL" | "SIGTERM"): void {
    try {
      process.kill(this.child.pid!, signal);
    } catch (error) {
      // It has ended by itself: how, the test will see.
      if ((error as { code?: string }).code !== "ESRCH") throw error;
    }
  }

  /** Whole lines of what it reported. A torn last one was cut by the kill. */
  get reported(): string[] {
    return this.#output.split("\n").slice(0, -1);
  }

  /** Resolves when so many records were acknowledged, or the writer has ended. */
  async acknowledged(count = 1): Promise<void> {
    const ended = this.ended.then(() => true);
    while (this.reported.length <= count) {
      const moment = new Promise((resolve) => setTimeout(resolve, 5, false));
      if (await Promise.race([ended, moment])) return;
    }
  }

  get errors(): string {
    return this.#errors;
  }

  /**
   * Asserts that all that was acknowledged is there, once, whole and equal,
   * that an instance line stands for all its steps, and that nothing is there
   * that was never given.
   *
   * @returns How many acknowledged records there were.
   */
  async assertKept(): Promise<{ past: RunReader; acknowledged: number }> {
    const past = await openRun(this.path);
    const kept = new Set<string>();
    const keep = (line: string) => {
      assert.ok(!kept.has(line), `${line} is there twice`);
      kept.add(line);
    };
    for await (const { instance_id, step_index, observation } of past.steps()) {
      assert.equal(observation.body, payload(instance_id, step_index));
      assert.ok(step_index < stepsOf(instance_id));
      keep(`step ${instance_id} ${step_index}`);
    }
    const assertions: Record<string, number> = {};
    for await (const { instance_id, actual } of past.assertions()) {
      const index = assertions[instance_id] ?? 0;
      assertions[instance_id] = index + 1;
      assert.equal(actual, payload(instance_id, index));
      keep(`assertion ${instance_id} ${index}`);
    }
    for await (const { instance_id } of past.instances()) {
      keep(`instance ${instance_id}`);
      for (let index = 0; index < stepsOf(instance_id); index++) {
        assert.ok(kept.has(`step ${instance_id} ${index}`), instance_id);
        assert.ok(kept.has(`assertion ${instance_id} ${index}`), instance_id);
      }
    }
    const acknowledged = this.reported.filter((line) =>
      /^(step|assertion|instance) /.test(line)
    );
    for (const line of acknowledged) {
      assert.ok(kept.has(line), `${line} was acknowledged and is lost`);
    }
    return { past, acknowledged: acknowledged.length };
  }
}
