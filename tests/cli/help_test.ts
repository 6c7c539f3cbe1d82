/** The examples of `wta help <command>`, and completions, do what they show. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { COMMANDS } from "../../src/cli/cli.ts";
import { ONCE } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { recordDamagedRuns, recordRuns, recordShards } from "./recordings.ts";
import { startShop } from "./shop.ts";
import { callWta } from "./transcript.ts";

const SHOP = "http://localhost:8080";

// The transcripts run commands on all runtimes.
test("every example of the help runs", ONCE, () =>
  withTempDir(async (dir) => {
    const damaged = join(dir, "damaged");
    await recordDamagedRuns(join(damaged, "runs"));
    const runs = join(dir, "runs");
    await recordShards(runs);
    await recordRuns(runs);
    const shop = await startShop();
    try {
      for (const { name, examples } of COMMANDS) {
        assert.ok(examples.length > 0, name);
        const help = await callWta(`help ${name}`, dir);
        for (const example of examples) {
          assert.ok(help.stdout.includes(`\n  ${example}\n`), example);
          assert.ok(example.startsWith(`wta ${name}`), example);
          const cwd = example.includes("run_crashed") ? damaged : dir;
          const line = example.slice("wta ".length).replace(SHOP, shop.url);
          const { code, stdout, stderr } = await callWta(line, cwd);
          // 1: a check did not hold, which is what these are for.
          assert.ok(code === 0 || code === 1, `${example}: ${stderr}`);
          assert.notEqual(stdout, "", example);
        }
      }
    } finally {
      await shop.close();
    }
  }));

/** What bash offers for the last word of each of the lines. */
async function offered(
  script: string,
  cwd: string,
  lines: readonly (readonly string[])[],
): Promise<string[][]> {
  const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
  const calls = lines.map((words) =>
    `COMP_WORDS=(wta ${words.map(quote).join(" ")}); ` +
    `COMP_CWORD=${words.length}; _wta\n` +
    'for word in "${COMPREPLY[@]}"; do echo "$word"; done; echo ----\n'
  );
  const program = `source ${script}\n${calls.join("")}`;
  const { stdout } = await promisify(execFile)(
    "bash",
    ["--norc", "-ec", program],
    { cwd },
  );
  return stdout.split("----\n").slice(0, -1)
    .map((text) => text.split("\n").slice(0, -1));
}

test(
  "bash completes commands, options and runs",
  ONCE,
  () =>
    withTempDir(async (dir) => {
      const { stdout } = await callWta("completions bash", dir);
      const script = join(dir, "wta.bash");
      await writeFile(script, stdout);
      for (const id of ["run_1", "run_2", "two words", "$(touch pwned)"]) {
        await mkdir(join(dir, "runs", id), { recursive: true });
        await writeFile(join(dir, "runs", id, "manifest.json"), "{}");
      }
      await mkdir(join(dir, "runs", "run_none"));
      const names = [...COMMANDS.map(({ name }) => name), "help"];
      const common = ["dir", "no-color", "debug", "help"];
      const expected: [words: string[], offered: string[]][] = [
        [[""], names],
        [["inst"], ["instance", "instances"]],
        [["help", "sc"], ["schema"]],
        [["completions", ""], ["bash", "zsh", "fish"]],
        [["show", "run"], ["run_1", "run_2"]],
        [["show", "two"], ["two words"]],
        [["show", "la"], ["latest"]],
        [["show", "$"], ["$(touch pwned)"]],
        [["schema", "run"], []],
        ...COMMANDS.map(({ name, options }): [string[], string[]] => [
          [name, "--"],
          [...Object.keys(options), ...common].map((option) => `--${option}`),
        ]),
      ];
      const found = await offered(
        script,
        dir,
        expected.map(([words]) => words),
      );
      assert.deepEqual(found, expected.map(([, offered]) => offered));
      assert.ok(!existsSync(join(dir, "pwned")));
    }),
);

test("completions of all shells have every command and every option", () =>
  withTempDir(async (dir) => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const { stdout } = await callWta(`completions ${shell}`, dir);
      for (const { name, options } of COMMANDS) {
        assert.match(stdout, new RegExp(`\\b${name}\\b`), `${shell}: ${name}`);
        for (const option of Object.keys(options)) {
          const form = shell === "fish" ? `-l ${option}` : `--${option}`;
          assert.ok(stdout.includes(form), `${shell}: ${option}`);
        }
      }
    }
    const { code, stderr } = await callWta("completions csh", dir);
    assert.equal(code, 2);
    assert.match(stderr, /the shells are bash, zsh, fish/);
  }));
