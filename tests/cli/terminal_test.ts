/** The command line on a terminal: colours, width, hostile data. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import { createRun } from "../../mod.ts";
import { COMMANDS } from "../../src/cli/cli.ts";
import { Progress } from "../../src/cli/terminal/progress.ts";
import { type Environment, Screen } from "../../src/cli/terminal/screen.ts";
import { recordHostileRun, recordRuns } from "./recordings.ts";
import { callWta, Captured, MAIN } from "./transcript.ts";
import { command, RUNTIME } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { aRun } from "../support/run_builder.ts";

const UTF8: Environment = { LANG: "en_US.UTF-8", TERM: "xterm" };

const HOSTILE_COMMANDS = [
  "list",
  "list --json",
  "show run_hostile",
  "failures run_hostile",
  "failures run_hostile --json",
  "instance run_hostile inst_001",
  "instance run_hostile inst_001 --full",
  "instances run_hostile",
  "steps run_hostile",
  "assertions run_hostile",
  "steps run_hostile --json",
  "follow run_hostile",
  "follow run_hostile --json",
  "verify run_hostile",
  "compare run_hostile run_hostile",
  "recover run_hostile",
];

test("wta lets nothing of recorded data through that a terminal would obey", () =>
  withTempDir(async (dir) => {
    await recordHostileRun(join(dir, "runs"));
    for (const [i, env] of [UTF8, { ...UTF8, LANG: "C" }].entries()) {
      const commands = [
        ...HOSTILE_COMMANDS,
        `export run_hostile inst_001 out_${i}`,
      ];
      for (const line of commands) {
        const { code, stdout, stderr } = await callWta(line, dir, 120, env);
        assert.equal(code, 0, `${line}: ${stderr}`);
        // The marks of our own are all that may stand there: colours, and a line
        // of progress where it takes long.
        const plain = (stdout + stderr).replaceAll(
          // deno-lint-ignore no-control-regex
          /\x1b\[\d{1,2}m|\r\x1b\[K/g,
          "",
        );
        assert.doesNotMatch(
          plain,
          /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u,
          line,
        );
        if (env.LANG === "C") assert.match(plain, /^[\x20-\x7e\n]*$/, line);
        if (!/^(?:recover|verify|export)/.test(line)) {
          assert.match(plain, /ow/, line);
        }
      }
    }
  }));

test("wta lets no argument through raw that it complains about", () =>
  withTempDir(async (dir) => {
    for (
      const line of ["\x1b[2J", "show \x9b2J", "list --\x1b[2J", "list \x07"]
    ) {
      const { code, stderr } = await callWta(line, dir);
      assert.notEqual(code, 0);
      assert.match(stderr, /\\u\{(?:1b|9b|7)\}/);
      assert.match(stderr, /^[\x20-\x7e\n]+$/);
    }
  }));

test("wta shows records as a table that fits a terminal, and as JSON where asked", () =>
  withTempDir(async (dir) => {
    await recordRuns(join(dir, "runs"));
    const lines = [
      "list",
      "show latest",
      "failures latest",
      "instances latest",
      "steps latest",
      "assertions latest",
      "instance latest inst_004",
    ];
    for (const line of lines) {
      for (const columns of [60, 80, 120]) {
        const { stdout } = await callWta(line, dir, columns, UTF8);
        for (const text of stripVTControlCharacters(stdout).split("\n")) {
          // A command to paste is whole, or it is none.
          if (/^(?:replay|export|logs|full|all|one) /.test(text)) continue;
          const width = stringWidth(text);
          assert.ok(width <= columns, `${line}, ${columns}: ${text}`);
        }
      }
    }
    for (const topic of ["", ...COMMANDS.map(({ name }) => name)]) {
      const { stdout } = await callWta(`help ${topic}`, dir, 80, UTF8);
      for (const text of stripVTControlCharacters(stdout).split("\n")) {
        assert.ok(text.length <= 80, text);
      }
    }
    const { stdout: table } = await callWta("steps latest", dir, 80, UTF8);
    assert.match(
      stripVTControlCharacters(table),
      /^instance +step +name +type/,
    );
    const asJson = await callWta("steps latest --json", dir, 80, UTF8);
    const piped = await callWta("steps latest", dir);
    assert.equal(asJson.stdout, piped.stdout);
  }));

test("wta cuts nothing of what broke, however narrow the terminal is", () =>
  withTempDir(async (dir) => {
    await recordRuns(join(dir, "runs"));
    const run = await aRun(join(dir, "runs"), { run_id: "wordy" });
    const words = (label: string) => `${label}: ${"very long, ".repeat(15)}end`;
    const one = run.startInstance({ scenario_id: "checkout" });
    await one.step({
      step_name: "pay",
      step_type: "http",
      observation: { ok: false, errors: [words("of the step")] },
    });
    await one.assertion({
      assertion_name: "total",
      passed: false,
      expected: words("expected"),
      actual: words("actual"),
      message: words("message"),
    });
    await one.complete({ error: `${words("error")}\n${"at x\n".repeat(50)}` });
    await run.finalize();
    const cases: Record<string, string[]> = {
      "show run_20240115_001": [
        "expected 201, got 502",
        "pay: connection lost on port 40123",
      ],
      "failures run_20240115_001": ["expected 1210, got 1029"],
      "compare run_20240114_001 run_20240115_001": [
        "order: body.total_cents 1210 → 1029",
        "pay: status_code 201 → 502",
        "p99",
      ],
      "show wordy": [words("message")],
      "instance wordy inst_001": [
        ...["of the step", "expected", "actual", "message", "error"].map(words),
        "… 35 more lines: --full",
      ],
      "list": ["failed"],
    };
    for (const columns of [60, 80]) {
      for (const [line, texts] of Object.entries(cases)) {
        const { stdout } = await callWta(line, dir, columns, {
          ...UTF8,
          NO_COLOR: "1",
        });
        for (const text of texts) {
          assert.ok(stdout.includes(text), `${line}, ${columns}: ${stdout}`);
        }
      }
    }
  }));

test("wta writes JSON in ASCII to a terminal that reads no UTF-8", () =>
  withTempDir(async (dir) => {
    const run = await createRun({ dir, run_id: "czech", sut_name: "obchod" });
    // U+011B is the bytes C4 9B: to such a terminal 9B begins a sequence.
    const body = "\u011b[2J \u{1f4a5}";
    await run.startInstance({ scenario_id: "one" }).step({
      step_name: "pay",
      step_type: "http",
      observation: { body },
    });
    await run.finalize();
    const env = { ...UTF8, LANG: "C" };
    const line = "steps czech --json --dir .";
    const { stdout } = await callWta(line, dir, 80, env);
    assert.match(stdout, /^[\x20-\x7e]+\n$/);
    assert.equal(JSON.parse(stdout).observation.body, body);
    assert.ok((await callWta(line, dir, 80, UTF8)).stdout.includes("\u011b"));
  }));

test("wta shows colours on a terminal alone, and not against a person's wish", () =>
  withTempDir(async (dir) => {
    await recordRuns(join(dir, "runs"));
    const shown = async (line: string, columns?: number, env = UTF8) =>
      (await callWta(line, dir, columns, env)).stdout;
    const plain = await shown("show latest");
    const coloured = await shown("show latest", 200);
    assert.ok(coloured.includes("\x1b[31m"));
    assert.equal(stripVTControlCharacters(coloured), plain);
    for (
      const [line, env] of [
        ["show latest --no-color", UTF8],
        ["show latest", { ...UTF8, NO_COLOR: "1" }],
        ["show latest", { ...UTF8, TERM: "dumb" }],
      ] as const
    ) {
      assert.equal(await shown(line, 200, env), plain, JSON.stringify(env));
    }
    const ascii = await shown("show latest --no-color", 200, {
      ...UTF8,
      LANG: "POSIX",
    });
    assert.match(ascii, /^[\x20-\x7e\n]+$/);
  }));

test("wta shows the first 40 steps of a long instance, the last, and how many more", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir, { run_id: "long" });
    const one = run.startInstance({ scenario_id: "one" });
    for (let i = 0; i < 100; i++) {
      await one.step({
        step_name: `step_${i}`,
        step_type: "http",
        observation: { ok: i !== 60 },
      });
    }
    await one.complete();
    await run.finalize();
    const shown = async (line: string) =>
      [...(await callWta(line, dir)).stdout.matchAll(/ step_(\d+) /g)]
        .map(([, number]) => Number(number));
    assert.deepEqual(await shown("instance long inst_001 --dir ."), [
      ...Array(40).keys(),
      60,
      99,
    ]);
    assert.equal(
      (await shown("instance long inst_001 --full --dir .")).length,
      100,
    );
    const { stdout } = await callWta("instance long inst_001 --dir .", dir);
    assert.match(stdout, /\n58 steps not shown: --full\n/);
  }));

/** Runs `body` with a hand on `setInterval`: `tick` calls what was set. */
async function withTicks(
  body: (tick: () => void) => Promise<void>,
): Promise<void> {
  const real = globalThis.setInterval;
  const callbacks: (() => void)[] = [];
  const byHand = (callback: () => void) => {
    callbacks.push(callback);
    return real(() => {}, 1e9);
  };
  globalThis.setInterval = byHand as typeof setInterval;
  try {
    await body(() => callbacks.forEach((callback) => callback()));
  } finally {
    globalThis.setInterval = real;
  }
}

test("Progress draws a line on a terminal while work goes on, and takes it away", async () => {
  const output = new Captured(60);
  const progress = new Progress(new Screen(output, UTF8, true), 0);
  await withTicks((tick) =>
    progress.during("reading", 4, () => {
      progress.advance();
      tick();
      return Promise.resolve();
    })
  );
  const [, first, ...rest] = output.text.split("\r\x1b[K");
  assert.equal(first, `reading  ${"█".repeat(7)}${"░".repeat(23)}   25 %  1`);
  assert.equal(rest.at(-1), "");
});

test("Progress draws nothing where there is no terminal, and nothing of short work", async () => {
  for (const [columns, patienceMs] of [[undefined, 0], [80, 1e9]]) {
    const output = new Captured(columns);
    const progress = new Progress(new Screen(output, UTF8, true), patienceMs);
    await withTicks((tick) =>
      progress.during("reading", 4, () => Promise.resolve(tick()))
    );
    assert.equal(output.text, "");
  }
});

const script = spawnSync("script", ["--version"]);

test("wta sees a real terminal for what it is", {
  skip: script.error || process.platform !== "linux"
    ? "needs script(1) of util-linux, which makes a terminal"
    : false,
}, () =>
  withTempDir(async (dir) => {
    await recordRuns(join(dir, "runs"));
    const [program, args] = command(RUNTIME, MAIN, ["steps", "latest"]);
    // In the shell: a process of Deno's has the variables of its parent too.
    const line = ["stty cols 70; unset NO_COLOR FORCE_COLOR;", program, ...args]
      .join(" ");
    const { stdout, status } = spawnSync(
      "script",
      ["-qec", line, "/dev/null"],
      {
        cwd: dir,
        encoding: "utf8",
        env: { ...process.env, ...UTF8, LC_ALL: "C.UTF-8" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    assert.equal(status, 0, stdout);
    assert.ok(stdout.includes("\x1b[2minstance"), stdout);
    const lines = stripVTControlCharacters(stdout).trimEnd().split(/\r?\n/);
    assert.equal(lines.length, 31);
    for (const text of lines) assert.ok(stringWidth(text) <= 70, text);
  }));

test("wta ends with 130 on Ctrl-C at a terminal, and leaves no line behind", {
  skip: script.error || process.platform !== "linux"
    ? "needs script(1) of util-linux, which makes a terminal"
    : false,
}, () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir, { run_id: "live" });
    const [program, args] = command(RUNTIME, MAIN, ["follow", run.path]);
    const terminal = spawn(
      "script",
      ["-qec", [program, ...args].join(" "), "/dev/null"],
      { env: { ...process.env, LC_ALL: "C.UTF-8", TERM: "xterm" } },
    );
    let screen = "";
    const shown = Promise.withResolvers<void>();
    terminal.stdout.setEncoding("utf8").on("data", (text) => {
      screen += text;
      // The line of the progress, which comes after a second.
      if (screen.includes("0 instances")) shown.resolve();
    });
    const ended = new Promise((resolve) => terminal.on("close", resolve));
    await shown.promise;
    terminal.stdin.write("\x03");
    assert.equal(await ended, 130, screen);
    assert.ok(screen.endsWith("\r\x1b[K"), JSON.stringify(screen));
    await run.finalize();
  }));
