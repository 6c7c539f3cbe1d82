/** Runs that are recorded in the environments that test runners make. */
import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { runInThisContext } from "node:vm";
import {
  type InstanceTrace,
  listRuns,
  openRun,
  reviveValues,
  verifyRun,
} from "../../mod.ts";
import {
  command,
  finish,
  ROOT,
  WITH_ALL_RUNTIMES,
} from "../support/runtimes.ts";
import { REALM_VALUES } from "../support/realm_values.ts";
import { withTempDir } from "../support/temp_dir.ts";

const PROGRAM = join(ROOT, "tests", "programs", "record_in_environment.ts");

/** A test of a page: `Blob`, `FormData` and `TextEncoder` are those of jsdom. */
const VITEST_TEST = `// @vitest-environment jsdom
import { createServer } from "node:http";
import { expect, test, vi } from "vitest";

test("records", async () => {
  expect(navigator.userAgent).toContain("jsdom");
  vi.useFakeTimers({ now: 0 });
  expect(Date.now()).toBe(0);
  await (await import("./record_shop.js")).recordShop(createServer);
}, 120_000);
`;

const JEST_TEST = `import { createServer } from "node:http";
import { expect, jest, test } from "@jest/globals";

test("records", async () => {
  jest.useFakeTimers({ now: 0 });
  expect(Date.now()).toBe(0);
  await (await import("./record_shop.js")).recordShop(createServer);
}, 120_000);
`;

/** The fakes of Bun change `Date` for who holds it already, too. */
const BUN_TEST = `import { createServer } from "node:http";
import { expect, jest, setSystemTime, test } from "bun:test";
import { recordShop } from "./record_shop.js";

test("records", async () => {
  await recordShop(createServer, () => {
    setSystemTime(new Date(0));
    expect(Date.now()).toBe(0);
  });
  setSystemTime();
  await recordShop(createServer, () => {
    jest.useFakeTimers({ now: 0 });
    expect(Date.now()).toBe(0);
  });
});
`;

/** What the test of each runner records: see {@linkcode assertShop}. */
const RECORD_SHOP =
  `import { createRun, sendHttp } from "@windtunnel/artifacts";

export async function recordShop(createServer, meanwhile = () => {}) {
  const echo = createServer((request, answer) => {
    answer.setHeader("content-type", "text/plain");
    request.pipe(answer);
  });
  await new Promise((go) => echo.listen(0, "127.0.0.1", go));
  const url = "http://127.0.0.1:" + echo.address().port;
  const run = await createRun({ dir: "runs", sut_name: "shop" });
  meanwhile();
  const one = run.startInstance({ scenario_id: "checkout" });
  await one.step({
    step_name: "add",
    step_type: "call",
    request: { items: ["A-1"] },
  });
  const blob = new Blob(["in a blob"], { type: "text/plain" });
  const form = new FormData();
  form.set("x", "y");
  form.set("file", new File(["in a file"], "f.txt"));
  for (const body of [blob, form]) {
    const { observation } = await sendHttp({ method: "POST", url, body });
    await one.step({ step_name: "send", step_type: "http", observation });
  }
  await one.artifact("blob.txt", blob);
  await one.artifact("bytes.bin", new TextEncoder().encode("in bytes"));
  await one.step("wait", () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  });
  await one.complete();
  await run.finalize();
  echo.close();
  echo.closeAllConnections();
}
`;

/** Where each environment leaves its runs, and the values that they hold. */
const ENVIRONMENTS: Record<string, { dirs?: string[]; values?: unknown }> = {
  "fake timers before the import": {},
  "fake timers after the import": {},
  "fake timers during the run": {},
  "no setImmediate": {},
  "values of another realm": { values: runInThisContext(REALM_VALUES) },
  "worker threads": { dirs: ["worker 0", "worker 1", "worker 2"] },
  "a relative path and chdir()": { dirs: ["runs"] },
};

/** Times that real clocks gave between two moments. */
interface Window {
  fromMs: number;
  toMs: number;
}

/** Asserts that the times of an instance are the real ones. */
function assertTimes(
  { instance, steps }: InstanceTrace,
  { fromMs, toMs }: Window,
): void {
  const { started_at, completed_at, duration_ms } = instance!;
  const times = [started_at, ...steps.map((one) => one.timestamp)];
  for (const time of [...times, completed_at]) {
    const atMs = Date.parse(time);
    assert.ok(atMs >= fromMs && atMs <= toMs, time);
  }
  assert.ok(duration_ms > 0 && duration_ms <= toMs - fromMs + 1);
}

/** Asserts that the only run of a directory is whole and says what was recorded. */
async function assertRecorded(
  dir: string,
  values: unknown,
  window: Window,
): Promise<void> {
  const [listed, ...others] = await Array.fromAsync(listRuns(dir));
  assert.ok(listed, `no run in ${dir}`);
  assert.deepEqual(others, []);
  assert.deepEqual((await verifyRun(listed.path)).problems, []);
  const run = await openRun(listed.path);
  assert.equal(run.state, "completed");
  const instances = await Array.fromAsync(run.instances());
  assert.equal(instances.length, 3);
  for (const [i, { instance_id, passed }] of instances.entries()) {
    assert.equal(passed, true);
    const request = JSON.stringify({ i }, null, 2);
    const trace = await run.instance(instance_id);
    assertTimes(trace, window);
    const { steps, artifacts } = trace;
    assert.deepEqual(
      steps.map(({ step_name }) => step_name),
      ["pay 0", "pay 1", "values"],
    );
    assert.deepEqual(reviveValues(steps[2]!.observation.values), values);
    const texts = await Promise.all(artifacts.map((one) => one.text()));
    assert.deepEqual(texts.map((text) => text.trim()).sort(), [
      "kept",
      request,
      request,
    ]);
  }
}

for (const runtime of ["node", "deno", "bun"] as const) {
  for (
    const [name, { dirs = ["."], values = {} }] of Object.entries(ENVIRONMENTS)
  ) {
    test(
      `${runtime} records right with ${name}`,
      WITH_ALL_RUNTIMES,
      () =>
        withTempDir(async (dir) => {
          const fromMs = Date.now();
          const { code, stdout, stderr } = await finish(
            ...command(runtime, PROGRAM, [name, dir]),
          );
          assert.deepEqual({ code, stdout, stderr }, {
            code: 0,
            stdout: "recorded\n",
            stderr: "",
          });
          const window = { fromMs, toMs: Date.now() };
          for (const at of dirs) {
            await assertRecorded(join(dir, at), values, window);
          }
        }),
    );
  }
}

/** Asserts that a run says what {@linkcode RECORD_SHOP} did, and when. */
async function assertShop(path: string, window: Window): Promise<void> {
  assert.deepEqual((await verifyRun(path)).problems, []);
  const run = await openRun(path);
  assert.equal(run.state, "completed");
  const trace = await run.instance("inst_001");
  assertTimes(trace, window);
  const { steps, artifacts } = trace;
  const sent = steps.filter(({ step_name }) => step_name === "send");
  assert.match(String(sent[0]!.observation.body), /^in a blob$/);
  assert.match(String(sent[1]!.observation.body), /name="x"\r\n\r\ny\r\n/);
  assert.match(String(sent[1]!.observation.body), /in a file/);
  for (const { observation } of sent) assert.ok(observation.latency_ms! > 0);
  assert.ok(steps.at(-1)!.observation.latency_ms! > 3);
  const texts = new Map<string, string>();
  for (const one of artifacts) texts.set(one.name, await one.text());
  assert.deepEqual(
    JSON.parse(texts.get("step_001_request.json")!),
    { items: ["A-1"] },
  );
  assert.equal(texts.get("blob.txt"), "in a blob");
  assert.equal(texts.get("bytes.bin"), "in bytes");
}

/** The library as one file, as a package has it: Jest takes no types away. */
const LIBRARY = WITH_ALL_RUNTIMES.skip
  ? ""
  : (await (await import("esbuild")).build({
    entryPoints: [join(ROOT, "mod.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    write: false,
  })).outputFiles[0]!.text;

/** Runs the test of a runner in a project of its own; `runs` are its runs. */
async function recordIn(
  dir: string,
  { shopTest, packages = [], run: [program, args], runs = 1 }: {
    shopTest: string;
    packages?: string[];
    run: [program: string, args: string[]];
    runs?: number;
  },
): Promise<void> {
  const library = join(dir, "node_modules", "@windtunnel", "artifacts");
  await mkdir(library, { recursive: true });
  for (const name of packages) {
    const path = join("node_modules", name);
    await symlink(join(ROOT, path), join(dir, path));
  }
  const files = {
    "package.json": '{"type":"module","jest":{"transform":{}}}',
    "shop.test.js": shopTest,
    "record_shop.js": RECORD_SHOP,
    [join(library, "package.json")]: '{"type":"module","exports":"./mod.js"}',
    [join(library, "mod.js")]: LIBRARY,
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(resolve(dir, name), content);
  }
  const fromMs = Date.now();
  const { code, stdout, stderr } = await finish(program, args, dir);
  const window = { fromMs, toMs: Date.now() };
  assert.equal(code, 0, stdout + stderr);
  const listed = await Array.fromAsync(listRuns(join(dir, "runs")));
  assert.equal(listed.length, runs);
  for (const { path } of listed) await assertShop(path, window);
}

const [NODE] = command("node", "");

test(
  "Vitest records right with jsdom and fake timers",
  WITH_ALL_RUNTIMES,
  () =>
    withTempDir((dir) =>
      recordIn(dir, {
        shopTest: VITEST_TEST,
        packages: ["vitest", "jsdom"],
        run: [NODE, [join(ROOT, "node_modules/vitest/vitest.mjs"), "run"]],
      })
    ),
);

test(
  "Jest records right with modules and fake timers",
  WITH_ALL_RUNTIMES,
  () =>
    withTempDir((dir) =>
      recordIn(dir, {
        shopTest: JEST_TEST,
        run: [NODE, [
          "--experimental-vm-modules",
          join(ROOT, "node_modules/jest/bin/jest.js"),
        ]],
      })
    ),
);

test(
  "bun test records right with its fake timers and setSystemTime()",
  WITH_ALL_RUNTIMES,
  () =>
    withTempDir((dir) =>
      recordIn(dir, {
        shopTest: BUN_TEST,
        run: [command("bun", "")[0], ["test"]],
        runs: 2,
      })
    ),
);
