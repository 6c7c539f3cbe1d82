/**
 * The test command: the whole suite on Deno, Bun and Node, and one closing line.
 * `npm test`, or `npm test -- <runtime>... -- <file>...` for a part; `--quick`
 * for Node alone, without the slow files, and with a tenth of what comes in
 * large numbers.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import process from "node:process";
import { globSync } from "node:fs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BIN = join(ROOT, "node_modules", ".bin");

/** Files that take long and seldom are what a change breaks. */
const SLOW = [
  "tests/bench/bench_test.ts",
  "tests/compare/determinism_test.ts",
  "tests/demo/demo_test.ts",
  "tests/demo/report_demo_test.ts",
  "tests/docs/examples_test.ts",
  "tests/docs/queries_test.ts",
  "tests/docs/runners_test.ts",
  "tests/record/backpressure_test.ts",
  "tests/record/fresh_walk_test.ts",
  "tests/report/report_test.ts",
  "tests/scale/scale_test.ts",
  "tests/sim/crash_test.ts",
  "tests/sim/mutation_test.ts",
  "tests/sim/take_over_test.ts",
  "tests/system/big_run_test.ts",
  "tests/system/environments_test.ts",
  "tests/system/jsr_door_test.ts",
  "tests/system/kill_test.ts",
  "tests/system/memory_test.ts",
  "tests/system/package_test.ts",
  "tests/transfer/merge_crash_test.ts",
  "tests/transfer/merge_runs_test.ts",
  "tests/verify/scan_secrets_test.ts",
];
const QUICK_SHARE = "1/10";

interface Runtime {
  name: string;
  command: (report: string, files: string[]) => string[];
}

const RUNTIMES: Runtime[] = [
  {
    name: "deno",
    command: (report, files) => [
      "deno",
      "test",
      "--allow-all",
      "--no-check",
      "--config=deno.npm.json",
      `--junit-path=${report}`,
      ...files,
    ],
  },
  {
    name: "bun",
    command: (report, files) => [
      "bun",
      "test",
      "--timeout=600000",
      "--reporter=junit",
      `--reporter-outfile=${report}`,
      ...files.map((file) => `./${file}`),
    ],
  },
  {
    name: "node",
    command: (report, files) => [
      "node",
      "--test",
      // Else one less, of which there may be two.
      `--test-concurrency=${availableParallelism()}`,
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      "--test-reporter=junit",
      `--test-reporter-destination=${report}`,
      ...files,
    ],
  },
];

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/** A suite that runs: how it ends, and what it says until someone listens. */
interface Run {
  ended: Promise<number>;
  /** Prints what it has said, and from then on says. */
  print: () => void;
}

function start(command: string[], env: Record<string, string>): Run {
  const [program, ...args] = command;
  const child = spawn(join(BIN, program!), args, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env, PATH: `${BIN}:${process.env.PATH}` },
  });
  const said: Uint8Array[] = [];
  let hear = (chunk: Uint8Array) => void said.push(chunk);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Uint8Array) => hear(chunk));
  }
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
  ended.catch(() => {}); // Told when its turn comes.
  const print = () => {
    hear = (chunk) => void process.stdout.write(chunk);
    for (const chunk of said.splice(0)) hear(chunk);
  };
  return { ended, print };
}

/** Counts the test cases of a JUnit report: the one form all three can write. */
function count(report: string): Totals {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const cases = report.matchAll(
    /<testcase\b(?:[^>"]|"[^"]*")*?(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  );
  for (const [, body = ""] of cases) {
    if (/<(?:failure|error)\b/.test(body)) totals.failed++;
    else if (/<skipped\b/.test(body)) totals.skipped++;
    else totals.passed++;
  }
  return totals;
}

async function main(args: string[]): Promise<number> {
  const isQuick = args.includes("--quick");
  const names = args.filter((arg) => RUNTIMES.some(({ name }) => name === arg));
  const patterns = args.filter((arg) =>
    !["--", "--quick", ...names].includes(arg)
  );
  const allFiles = globSync("tests/**/*_test.ts", { cwd: ROOT }).sort();
  for (const file of SLOW) {
    if (!allFiles.includes(file)) throw new Error(`${file} is not there`);
  }
  const files = allFiles.filter((file) =>
    (patterns.length === 0 || patterns.some((part) => file.includes(part))) &&
    !(isQuick && SLOW.includes(file))
  );
  const wanted = isQuick && names.length === 0 ? ["node"] : names;
  const chosen = RUNTIMES.filter(({ name }) =>
    wanted.length === 0 || wanted.includes(name)
  );
  const reports = await mkdtemp(join(tmpdir(), "windtunnel-reports-"));
  const all = { passed: 0, failed: 0, skipped: 0 };
  try {
    // Side by side: each mostly keeps one core busy. They are told in order.
    const runs = chosen.map(({ name, command }, i) => {
      const report = join(reports, `${name}.xml`);
      const env = {
        TEST_SHARE: process.env.TEST_SHARE ??
          (isQuick ? QUICK_SHARE : `${i + 1}/${chosen.length}`),
        // Node would compile the library anew in each of some hundred processes.
        NODE_COMPILE_CACHE: join(reports, "compiled"),
      };
      return { name, report, ...start(command(report, files), env) };
    });
    for (const { name, report, ended, print } of runs) {
      console.log(`\n# ${name}\n`);
      print();
      const code = await ended;
      const totals = count(await readFile(report, "utf8").catch(() => ""));
      // A runtime that failed without a failed test (a crash, a file that does
      // not load), or ran none, is a failure too.
      if (totals.failed === 0 && (code !== 0 || totals.passed === 0)) {
        totals.failed = 1;
      }
      console.log(
        `\n# ${name}: ${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`,
      );
      all.passed += totals.passed;
      all.failed += totals.failed;
      all.skipped += totals.skipped;
    }
  } finally {
    await rm(reports, { recursive: true, force: true });
  }
  console.log(
    `\n${all.passed} passed, ${all.failed} failed` +
      (all.skipped > 0 ? `, ${all.skipped} skipped` : ""),
  );
  return all.failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
