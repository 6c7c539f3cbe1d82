/**
 * The bench command: every part on Node, Deno and Bun in turn, then the tables.
 * `npm run bench`, or `npm run bench -- <runtime>… <part>…` for some of it: the
 * rest stays as it was measured before. `npm run bench -- node quick` prints its
 * table as well: the goals of the hot path in three minutes. With other sizes than the usual ones
 * (`RECORDS=5000 ROUNDS=1`, see sizes.ts) the tables are printed, and not kept.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import {
  availableParallelism,
  cpus,
  loadavg,
  release,
  totalmem,
} from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { noResults, type Part, type Results } from "./results.ts";
import { type Runtime, RUNTIMES } from "./runtimes.ts";
import { GROWTH_STEPS_MAX, USUAL_SIZES } from "./sizes.ts";
import { tables } from "./tables.ts";

const BENCH = fileURLToPath(new URL(".", import.meta.url));
const ROOT = join(BENCH, "..");
const README = join(BENCH, "README.md");
const RESULTS = join(BENCH, "results.json");
const BIN = join(ROOT, "node_modules", ".bin");

const COMMANDS: Record<Runtime, string[]> = {
  node: ["node"],
  bun: ["bun"],
  deno: [
    "deno",
    "run",
    "--allow-all",
    "--no-check",
    `--config=${
      // Without node_modules it is the JSR door that is open.
      existsSync(BIN) ? "deno.npm.json" : "deno.json"}`,
  ],
};

/** Steps and instances in flight, each in a process of its own. */
const GROWTH = [
  [GROWTH_STEPS_MAX / 1000, 100],
  [GROWTH_STEPS_MAX / 10, 100],
  [GROWTH_STEPS_MAX, 100],
  [GROWTH_STEPS_MAX / 10, 1],
  [GROWTH_STEPS_MAX / 10, 10_000],
];

const PARTS: Part[] = [
  "quick",
  "written",
  "validation",
  "durable",
  "delay",
  "growth",
  "artifacts",
  "reading",
  "commandLine",
];

function run(program: string, args: string[], cwd = ROOT): string {
  const { status, stdout, error } = spawnSync(program, args, {
    cwd,
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    env: { ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH}` },
  });
  if (status === 0) return stdout;
  throw new Error(
    `Cannot run "${program} ${args.join(" ")}": ${
      error?.message ?? `it ended with ${status}`
    }`,
  );
}

function measure(runtime: Runtime, part: string, numbers: number[] = []) {
  console.log(`# ${runtime}: ${[part, ...numbers].join(" ")}`);
  const [program, ...args] = COMMANDS[runtime];
  const said = run(program!, [
    ...args,
    "bench/measure.ts",
    part,
    ...numbers.map(String),
  ]);
  return JSON.parse(said.trim().split("\n").at(-1)!) as {
    version: string;
    result: never;
  };
}

function write(results: Results): void {
  let text = readFileSync(README, "utf8");
  const { quick, ...others } = tables(results);
  const parts = {
    ...others,
    machine: others.written && machine(),
    quick: quick && `${machine()}\n\n${quick}`,
  };
  for (const [name, table] of Object.entries(parts)) {
    if (table === undefined) continue;
    const marks = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
    const [start, end] = marks.map((mark) => text.indexOf(mark));
    if (start === -1 || end === -1) {
      throw new Error(`Cannot write "${README}": it has no mark for ${name}`);
    }
    text = `${text.slice(0, start)}${marks[0]}\n\n${table}\n\n${
      text.slice(end)
    }`;
  }
  writeFileSync(README, text);
  writeFileSync(RESULTS, JSON.stringify(results) + "\n");
}

function machine(): string {
  const date = new Date().toISOString().slice(0, 10);
  const model = cpus()[0]?.model ?? "unknown";
  const gigabytes = Math.round(totalmem() / 1e9);
  return `Measured on ${date}: ${availableParallelism()} cores (${model}), ${gigabytes} GB, ${process.platform} ${release()}; load over the last 15 minutes ${
    loadavg()[2]!.toFixed(1)
  }, where 1 is the bench itself.`;
}

const args = process.argv.slice(2);
const runtimes = RUNTIMES.filter((name) => args.includes(name));
const parts = PARTS.filter((name) => args.includes(name));
const unknown = args.filter((arg) =>
  ![...RUNTIMES, ...PARTS].includes(arg as Part)
);
if (unknown.length > 0) {
  throw new Error(
    `Cannot measure "${unknown[0]}": it is not a runtime or part`,
  );
}
// Not "ci": that wants the binaries of all platforms in the lock.
run("npm", ["install", "--no-save"], BENCH);
const results: Results = USUAL_SIZES && existsSync(RESULTS)
  ? { ...noResults(), ...JSON.parse(readFileSync(RESULTS, "utf8")) }
  : noResults();
for (const part of parts.length > 0 ? parts : PARTS) {
  for (const runtime of runtimes.length > 0 ? runtimes : RUNTIMES) {
    const runs = part === "growth"
      ? GROWTH.map((numbers) => measure(runtime, part, numbers))
      : [measure(runtime, part)];
    results.versions[runtime] = runs[0]!.version;
    const measured = runs.map(({ result }) => result);
    results[part][runtime] =
      (part === "growth" ? measured : measured[0]) as never;
    if (USUAL_SIZES) write(results); // Part by part: it takes long.
  }
}
const measured = tables(results);
if (!USUAL_SIZES) {
  for (const table of Object.values(measured)) {
    if (table !== undefined) console.log(`\n${table}`);
  }
} else if (parts.includes("quick")) console.log(`\n${measured.quick}`);
if (USUAL_SIZES) {
  run("deno", ["fmt", "--quiet", "--config=deno.npm.json", README]);
}
