/** The command line as a program: a process on the runtime at hand. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { openRun, resumeRun } from "../../mod.ts";
import { FAILURES_MAX } from "../../src/analyze/failures.ts";
import {
  HOSTILE,
  recordDamagedRuns,
  recordEvidence,
  recordHostileRun,
  recordRetriedRuns,
  recordRuns,
  recordShards,
} from "./recordings.ts";
import { startShop } from "./shop.ts";
import { callWta, MAIN, transcriptOf, wta } from "./transcript.ts";
import { command, ROOT, RUNTIME } from "../support/runtimes.ts";
import { step } from "../support/samples.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { aRun } from "../support/run_builder.ts";

/** Where the shop is in what is expected; really it has some other port. */
const SHOP = "http://127.0.0.1:8080";

const STEP = { step_name: "pay", step_type: "http" };

const EXPECTED = join(ROOT, "tests", "cli", "expected");

/** By file in `tests/cli/expected`; in this order, for some change something. */
const TRANSCRIPTS: Record<string, string[]> = {
  // What the README shows.
  "night.txt": ["list", "show latest", "instance run_20240115_001 inst_004"],
  "list.txt": ["list", "list nowhere", "list runs --json"],
  "show.txt": [
    "show run_20240114_001",
    "show latest --dir night/runs",
    "show run_20240115_001 --steps",
    "show run_20240114_001 --steps --json",
    "show run_corrupt --json",
  ],
  "failures.txt": [
    "failures run_20240115_001",
    "failures run_20240115_001 --json",
    "failures run_20240114_001",
  ],
  "instance.txt": [
    "instance run_20240115_001 inst_011 --full",
    "instance runs/run_20240115_001 inst_006",
    "instance run_crashed inst_012",
  ],
  "records.txt": [
    "instances run_20240115_001 --passed false --limit 1",
    "steps run_20240115_001 --instance-id inst_004 --step-name pay",
    "assertions run_20240115_001 --passed=false --limit 1",
    "steps run_20240115_001 --since 2024-01-16",
    "steps run_20240115_001 --sort latency --limit 2",
    "steps run_20240115_001 --status 5xx --text upstream --limit 1",
    "steps run_20240115_001 --status 5x",
  ],
  "damaged.txt": [
    "show run_crashed",
    "show run_corrupt",
    "failures run_corrupt",
    "instance run_corrupt inst_001",
    "show run_summary_lost",
    "show run_missing",
    "show run_newer",
    "show run_miscounted",
  ],
  "diff.txt": [
    "diff run_20240115_001 inst_004",
    "diff run_20240115_001 inst_011 inst_005 --ignore request.body.*",
    "diff run_20240115_001 inst_004 --json",
    "diff run_20240115_001 inst_04",
  ],
  "search.txt": [
    "search run_20240115_001 upstream --limit 2",
    "search run_20240115_001 /lost.*\\d/",
    "search run_20240115_001 upstream --limit 1 --json",
    "search run_20240115_001 nowhere",
    "search run_20240115_001 /(/",
  ],
  "report.txt": [
    "report run_20240115_001",
    "report run_corrupt --output damaged.html",
    "report run_20240115_001 --max-size 0",
    "report --watch nowhere",
  ],
  "history.txt": [
    "history night/runs",
    "history night/runs --limit 1",
    "history retried",
    "history shards --json",
    "history nowhere",
  ],
  "merge.txt": [
    "merge shards/nightly.shard-1-of-2 shards/nightly.shard-2-of-2",
    "show shards/nightly",
    "merge shards/nightly.shard-1-of-2 shards/nightly.shard-2-of-2",
    "merge shards/nightly.shard-2-of-2 --run-id half",
    "merge shards/nightly.shard-2-of-2 --run-id half --allow-missing",
    "merge shards/nightly.shard-1-of-2 run_20240115_001",
  ],
  "fail_on.txt": [
    "failures run_20240115_001 --fail-on errors",
    "failures run_20240114_001 --fail-on failures,errors,incomplete",
    "failures run_crashed --fail-on incomplete",
    "failures run_miscounted --fail-on failures",
  ],
  "evidence.txt": [
    "instance evidence/run_evidence inst_002",
    "instance evidence/run_evidence inst_002 --full",
  ],
  "retries.txt": [
    "show retried/run_retried --fail-on failures",
    "show retried/run_retried --fail-on flaky",
    "failures retried/run_retried --fail-on failed-steps",
    "failures retried/run_retried --fail-on incomplete",
    "show retried/run_scenarios",
  ],
  "mistakes.txt": [
    "shwo latest",
    "--dir runs list",
    "show run_20240115_01",
    "show latst",
    "show latest --dir nowhere",
    "show nothing --dir nowhere",
    "show nothing --dir night/runs",
    "instance run_20240115_001 nobody",
    "instance run_20240115_001 inst_04",
    "instance run_20240115_001 4",
    "show",
    "show a b",
    "show latest --fial-on failures",
    "show latest --fail-on failure",
    "steps latest --limit",
    "steps latest --limit none",
    "steps latest --since yesterday",
    "steps latest --ok maybe",
    "steps latest --json=yes",
    "schema step",
  ],
  "brief.txt": [
    "brief run_20240115_001",
    "brief run_20240115_001 --tokens 400",
    "brief run_20240114_001 --json",
    "brief run_20240115_001 --tokens 10",
  ],
  "check.txt": [
    "check run_20240114_001 --require 'pass_rate>=99' --require 'p95(pay)<300' --require 'flaky<=2'",
    "check run_20240115_001 --require 'pass_rate>=99' --require 'p95(pay)<100' --require 'pass_rate(refund)>=75'",
    "check run_crashed --require 'pass_rate>=50' --json",
    "check run_crashed --require 'pass_rate>=50' --require 'flaky(nobody)<=2'",
    "check run_crashed --require 'pass_rate>=50'",
    "check run_20240115_001 --require 'p95(pya)<100'",
    "check run_20240115_001 --require 'pass_rate>=99' --require 'p95(pay)=<100'",
    "check run_20240115_001",
  ],
  "follow.txt": ["follow run_20240115_001", "follow run_crashed"],
  "verify.txt": [
    "verify run_crashed",
    "verify run_20240115_001",
    "verify run_corrupt",
    "verify run_20240115_001 --json",
    "verify run_20240115_001 --seal",
    `verify run_20240115_001 --expect ${"0".repeat(64)}`,
  ],
  "compare.txt": [
    "compare run_20240114_001 run_20240115_001",
    "compare run_20240115_001 run_20240115_001",
    "compare run_20240115_001 run_crashed",
    "compare run_20240114_001 run_20240115_001 --fail-on pass-rate-33",
    "compare run_20240114_001 run_20240115_001 --fail-on pass-rates",
    "compare run_20240114_001 run_20240114_001 --fail-on p95+20%",
    "compare run_20240114_001 run_20240114_001 --fail-on p95+20%,p95+50%",
  ],
  "compare_markdown.txt": [
    "compare run_20240114_001 run_20240115_001 --markdown",
  ],
  "links.txt": [
    "links run_20240115_001 inst_004",
    "links run_20240115_001 inst_4",
    "links run_20240115_001 inst_004 --rules nothing.json",
  ],
  "replay.txt": [
    `replay run_20240115_001 inst_004 --base-url ${SHOP}`,
    `replay run_20240115_001 inst_004 --base-url ${SHOP}/fixed`,
    `replay run_20240115_001 inst_004 --base-url ${SHOP}/fixed --from 1 --ignore body --ignore ok --ignore status_code --ignore headers`,
    "replay run_20240115_001 inst_004",
    "replay run_20240115_001 inst_004 --base-url nonsense",
    `replay run_20240115_001 inst_4 --base-url ${SHOP}`,
  ],
  "replay_learn.txt": [
    `replay run_20240115_001 inst_004 --learn 2 --rules replay.json --base-url ${SHOP}`,
    `replay run_20240115_001 inst_004 --rules replay.json --base-url ${SHOP}`,
    `replay run_20240115_001 inst_004 --learn 2 --base-url ${SHOP}`,
  ],
  "replay_all.txt": [
    `replay run_20240115_001 --all --base-url ${SHOP} --run-id run_again`,
    `replay run_20240115_001 --all --failed --sample 1 --base-url ${SHOP}/fixed --run-id run_fixed`,
    "replay run_20240115_001",
    `replay run_20240115_001 inst_004 --failed --base-url ${SHOP}`,
  ],
  "export.txt": [
    "export run_20240115_001 inst_004 bug_4711",
    "show bug_4711/run_20240115_001",
    "export run_20240115_001 inst_004 bug_4711",
    "export run_20240115_001 run_crashed --parquet tables",
    "export run_20240115_001 --parquet tables",
    "export run_20240115_001 inst_004",
    "export run_crashed --otlp traces.jsonl",
    "export run_20240115_001 inst_004 --otlp traces.jsonl",
    "export run_20240115_001 --junit junit.xml",
    "export run_crashed --junit junit.xml",
    "export run_20240115_001 --junit junit.xml --parquet tables",
    "export run_20240115_001 --github",
  ],
  "schema.txt": ["schema summary"],
  "recover.txt": [
    "recover run_crashed",
    "recover run_crashed",
    "show run_crashed --fail-on incomplete",
    "recover run_newer",
  ],
  "help.txt": ["help", "steps --help", "help check"],
};

/** Transcripts that begin with a process, which costs much: a good end, a bad one. */
const WITH_A_PROCESS = ["night.txt", "mistakes.txt"];

/** What an operating system says differs between the runtimes. */
function withoutSystemWords(text: string): string {
  return text
    .replaceAll(/: (?:ENOENT|No such file|Invalid URL)[^\n]*/g, ": …")
    // Each runtime compresses in its own way.
    .replaceAll(/(\.html {2})[\d.]+ kB/g, "$1… kB");
}

test("wta prints what tests/cli/expected has", () =>
  withTempDir(async (dir) => {
    await recordRuns(join(dir, "runs"));
    await recordRuns(join(dir, "night", "runs"));
    await recordDamagedRuns(join(dir, "runs"));
    await recordEvidence(join(dir, "evidence"));
    await recordRetriedRuns(join(dir, "retried"));
    await recordShards(join(dir, "shards"));
    const shop = await startShop();
    try {
      for (const [name, lines] of Object.entries(TRANSCRIPTS)) {
        const cwd = name === "night.txt" ? join(dir, "night") : dir;
        const actual = withoutSystemWords(
          await transcriptOf(
            lines,
            cwd,
            { [SHOP]: shop.url },
            WITH_A_PROCESS.includes(name) ? wta : callWta,
          ),
        );
        const file = join(EXPECTED, name);
        // `WTA_EXPECTED=write`: `git diff` shows the change, to be looked at.
        if (process.env.WTA_EXPECTED === "write") await writeFile(file, actual);
        assert.equal(actual, await readFile(file, "utf8"), name);
      }
    } finally {
      await shop.close();
    }
    const checkedIn = await readdir(EXPECTED);
    assert.deepEqual(checkedIn.sort(), Object.keys(TRANSCRIPTS).sort());
  }));

test("README.md and docs/cli.md show nothing of wta that it does not say", async () => {
  const pages = await Promise.all(
    ["README.md", "docs/cli.md"].map((name) =>
      readFile(join(ROOT, name), "utf8")
    ),
  );
  const shown = [
    ...pages.join("\n").matchAll(
      /^```text\n((?:\$ wta |step )[\s\S]*?)^```/gm,
    ),
  ];
  assert.ok(shown.length >= 4);
  const said = await Promise.all(
    (await readdir(EXPECTED)).map((name) =>
      readFile(join(EXPECTED, name), "utf8")
    ),
  );
  for (const [, block] of shown) {
    assert.ok(said.some((text) => text.includes(block!)), block!);
  }
});

test("wta steps gives the records of the run as lines of JSON when it is piped", () =>
  withTempDir(async (dir) => {
    await recordHostileRun(dir);
    const { code, stdout, stderr } = await wta(`steps ${dir}/run_hostile`, dir);
    assert.deepEqual([code, stderr], [0, ""]);
    const run = await openRun(join(dir, "run_hostile"));
    assert.deepEqual(
      stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line)),
      await Array.fromAsync(run.steps()),
    );
    // All that could be an escape is escaped once more than JSON asks for.
    assert.match(stdout, /^[\x20-\x7e\n]+$/);
    assert.ok(stdout.includes("\\u202e"));
    assert.equal(JSON.parse(stdout).observation.body, HOSTILE);
  }));

test("wta reports which process writes to a run that is live", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir, { run_id: "live" });
    try {
      await run.startInstance({ scenario_id: "one" }).complete({
        passed: true,
      });
      const shown = await wta("show live --dir .", dir);
      assert.equal(shown.code, 0, shown.stderr);
      assert.ok(
        shown.stdout.startsWith(
          `This run is live: process ${process.pid} is writing to it\n` +
            "Watch it with: wta follow live --dir .\n\nlive  running\n",
        ),
        shown.stdout,
      );
      assert.match(shown.stdout, /\none +1 +1 +0 +0 +100 %\n/);
      const recovered = await wta("recover live --dir .", dir);
      assert.equal(recovered.code, 3);
      assert.match(recovered.stderr, /^Cannot write to "live": process \d+/);
    } finally {
      await run.finalize();
    }
  }));

test("wta follow shows each instance as it completes, and ends with the run", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir, { run_id: "live" });
    const follower = startWta(["follow", "live", "--dir", "."], dir);
    const says = follower.stdout.setEncoding("utf8")[Symbol.asyncIterator]();
    for (const passed of [true, false]) {
      const one = run.startInstance({ scenario_id: "one" });
      await one.assertion({ assertion_name: "sum", passed, message: "is 3" });
      await one.complete();
      const { value } = await says.next();
      const verdict = passed ? "passed  one  " : "failed  one  .*  sum: is 3";
      assert.match(value, new RegExp(`  ${one.instance_id}  ${verdict}`));
    }
    await run.finalize();
    const { value: last } = await says.next();
    assert.equal(
      last,
      "\nlive  completed  2 instances, 1 failed, 0 steps\n" +
        "show  wta show live --dir .\n",
    );
    assert.deepEqual(await follower.ended, { end: 0, stderr: "" });
  }));

test(
  "wta follow ends when the writer is killed, and show reports what it was doing",
  () =>
    withTempDir(async (dir) => {
      const [program, args] = command(
        RUNTIME,
        join(ROOT, "tests", "programs", "leave_in_flight.ts"),
        [dir],
      );
      const writer = spawn(program, args, {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let follower: ReturnType<typeof startWta> | undefined;
      // A follower that hangs is a failure, not a test that never ends.
      const patience = setTimeout(() => follower?.kill(), 30_000);
      try {
        await once(writer.stdout, "data");
        const shown = async () => {
          const { stdout } = await wta("show run_hung --dir .", dir);
          return stdout.slice(stdout.indexOf("\n2 instances ") + 1);
        };
        assert.match(await shown(), /^2 instances in flight\n/);
        follower = startWta(
          ["follow", "run_hung", "--dir", ".", "--fail-on", "incomplete"],
          dir,
        );
        let said = "";
        const started = Promise.withResolvers<void>();
        follower.stdout.setEncoding("utf8").on("data", (text) => {
          said += text;
          started.resolve();
        });
        await started.promise;
        assert.match(said, /^\S+ +inst_001 +passed +checkout/);
        const gone = once(writer, "exit");
        writer.kill("SIGKILL");
        await gone;
        assert.deepEqual(await follower.ended, { end: 1, stderr: "" });
        assert.ok(
          said.endsWith(
            "\nrun_hung  crashed  1 instance, 0 failed, 2 steps\n" +
              "recover  wta recover run_hung --dir .\n",
          ),
          said,
        );
        assert.equal(
          await shown(),
          "2 instances never completed\n" +
            "instance  last step  status  errors\n" +
            "inst_002  pay           200\n" +
            'inst_003  pay           500  ["no stock"]\n\n' +
            "one   wta instance run_hung inst_002 --dir .\n",
        );
        const { stdout } = await wta("failures run_hung --dir .", dir);
        assert.match(
          stdout,
          /\n2 instances never completed: wta show run_hung --dir \.\n/,
        );
      } finally {
        clearTimeout(patience);
        // Else this process would wait for them, whatever failed.
        writer.kill("SIGKILL");
        follower?.kill();
      }
    }),
);

test("wta failures reports in JSON too that there are more than it examines", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir, { run_id: "many" });
    await run.startInstance({ scenario_id: "one" }).complete({ error: "x" });
    await run.finalize();
    const file = join(run.path, "instances.jsonl");
    const line = await readFile(file, "utf8");
    const lines = Array.from(
      { length: FAILURES_MAX + 1 },
      (_, i) =>
        line.replaceAll("inst_001", `inst_${String(i + 1).padStart(3, "0")}`),
    );
    await writeFile(file, lines.join(""));
    const { code, stdout, stderr } = await callWta(
      "failures many --json --dir .",
      dir,
    );
    assert.equal(code, 0);
    assert.equal(stdout.split("\n").length, FAILURES_MAX + 1);
    assert.equal(stderr, "Only the first 100,000 are listed\n");
  }));

test("wta reports of a large run what it did not read", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir, { run_id: "large" });
    const body = "x".repeat(400_000);
    for (let i = 0; i < 90; i++) {
      const one = run.startInstance({ scenario_id: "one" });
      await one.step({ ...STEP, observation: { latency_ms: 5, body } });
      await one.complete({ passed: i !== 7 });
    }
    await run.finalize();
    const note =
      "By the summary: only the records of failed instances were read";
    const check = "check wta verify large --dir .";
    for (const command of ["show", "failures"]) {
      const large = await callWta(`${command} large --dir .`, dir);
      assert.ok(large.stdout.endsWith(`\n\n${note}\n${check}\n`), command);
      assert.match(large.stdout, /^(?: +1|inst_008) +one +pay/m);
    }
    const { stdout } = await callWta("show large --dir .", dir);
    assert.match(stdout, /^90 steps, 0 not ok$/m);
    // What is not believed is read.
    const file = join(run.path, "summary.json");
    const summary = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify({ ...summary, fail_count: 2 }));
    const miscounted = await callWta("show large --dir .", dir);
    assert.match(miscounted.stdout, /The summary does not match the records/);
    assert.ok(!miscounted.stdout.includes(note));
  }));

test("wta compare reports what it leaves out of a resumed run", () =>
  withTempDir(async (dir) => {
    const begun = await aRun(dir, { run_id: "again" });
    await begun.startInstance({ scenario_id: "one" }).step(STEP);
    await begun[Symbol.asyncDispose]();
    const resumed = await resumeRun(begun.path);
    const [first] = resumed.resumed!.instancesInFlight;
    const one = resumed.startInstance({
      scenario_id: "one",
      instance_id: first!.instance_id,
    });
    await one.step(STEP);
    await one.complete();
    await resumed.finalize();
    const leftOut =
      "Not compared, of interrupted attempts: 1 record in a, 1 record in b\n";
    for (const form of ["", " --markdown"]) {
      const { code, stdout } = await wta(
        `compare again again --dir .${form}`,
        dir,
      );
      assert.equal(code, 0);
      assert.ok(stdout.includes(`\n${leftOut}\n`), stdout);
    }
  }));

test("wta shows a stack with --debug, and none without", () =>
  withTempDir(async (dir) => {
    const plain = await wta("show nothing", dir);
    assert.deepEqual([plain.code, plain.stdout], [3, ""]);
    assert.equal(plain.stderr.split("\n").length, 3);
    const debug = await wta("show nothing --debug", dir);
    assert.equal(debug.code, 3);
    assert.match(debug.stderr, /\n {4}at .*find_run\.ts/);
  }));

test("wta takes a closed pipe for no error", () =>
  withTempDir(async (dir) => {
    await recordManySteps(dir);
    const child = startWta(["steps", join(dir, "long")]);
    child.stdout.once("data", () => child.stdout.destroy());
    assert.deepEqual(await child.ended, { end: 0, stderr: "" });
  }));

test("wta ends at once when it is interrupted, while its reader sleeps", {
  skip: process.platform === "win32" ? "there is no SIGINT to send" : false,
}, () =>
  withTempDir(async (dir) => {
    await recordManySteps(dir);
    const child = startWta(["steps", join(dir, "long")]);
    await new Promise((resolve) => child.stdout.once("readable", resolve));
    process.kill(child.pid, "SIGINT");
    // What a shell tells as 130.
    assert.deepEqual(await child.ended, { end: "SIGINT", stderr: "" });
  }));

/** A run whose steps are more text than any pipe holds. */
async function recordManySteps(dir: string): Promise<void> {
  const run = await aRun(dir, { run_id: "long" });
  for (let step_index = 0; step_index < 10_000; step_index++) {
    run.appendStep({ ...step, run_id: "long", step_index });
  }
  await run.finalize();
}

function startWta(words: string[], cwd: string = ROOT) {
  const [program, args] = command(RUNTIME, MAIN, words);
  const child = spawn(program, args, {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => stderr += text);
  const ended = new Promise<{ end: unknown; stderr: string }>((resolve) => {
    // Not "close": that waits for a stdout that nobody reads.
    child.on(
      "exit",
      (code, signal) => resolve({ end: signal ?? code, stderr }),
    );
  });
  return {
    stdout: child.stdout,
    pid: child.pid!,
    ended,
    kill: () => child.kill("SIGKILL"),
  };
}
