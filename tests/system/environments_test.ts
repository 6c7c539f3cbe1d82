/** Runs that are recorded in the environments that test runners make. */
import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { runInThisContext } from "node:vm";
import { listRuns, openRun, reviveValues, verifyRun } from "../../mod.ts";
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
const SHOP_TEST = `// @vitest-environment jsdom
import { createServer } from "node:http";
import { expect, test, vi } from "vitest";

test("records", async () => {
  expect(navigator.userAgent).toContain("jsdom");
  const echo = createServer((request, answer) => {
    answer.setHeader("content-type", "text/plain");
    request.pipe(answer);
  });
  await new Promise((go) => echo.listen(0, "127.0.0.1", go));
  const url = "http://127.0.0.1:" + echo.address().port;
  vi.useFakeTimers();
  const { createRun, sendHttp } = await import("@windtunnel/artifacts");
  const run = await createRun({ dir: "runs", sut_name: "shop" });
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
  await one.complete();
  await run.finalize();
  echo.close();
  echo.closeAllConnections();
});
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

/** Asserts that the only run of a directory is whole and says what was recorded. */
async function assertRecorded(dir: string, values: unknown): Promise<void> {
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
    const { steps, artifacts } = await run.instance(instance_id);
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
          const { code, stdout, stderr } = await finish(
            ...command(runtime, PROGRAM, [name, dir]),
          );
          assert.deepEqual({ code, stdout, stderr }, {
            code: 0,
            stdout: "recorded\n",
            stderr: "",
          });
          for (const at of dirs) await assertRecorded(join(dir, at), values);
        }),
    );
  }
}

test(
  "Vitest records right with jsdom and fake timers",
  WITH_ALL_RUNTIMES,
  () =>
    withTempDir(async (dir) => {
      for (const name of ["@windtunnel/artifacts", "vitest", "jsdom"]) {
        const path = join(dir, "node_modules", name);
        await mkdir(dirname(path), { recursive: true });
        const target = join(ROOT, "node_modules", name);
        await symlink(name.startsWith("@") ? ROOT : target, path);
      }
      await writeFile(join(dir, "package.json"), '{"type":"module"}');
      await writeFile(join(dir, "shop.test.ts"), SHOP_TEST);
      const [node] = command("node", "");
      const cli = join(ROOT, "node_modules", "vitest", "vitest.mjs");
      const { code, stdout, stderr } = await finish(node, [cli, "run"], dir);
      assert.equal(code, 0, stdout + stderr);
      const [listed] = await Array.fromAsync(listRuns(join(dir, "runs")));
      assert.deepEqual((await verifyRun(listed!.path)).problems, []);
      const run = await openRun(listed!.path);
      assert.equal(run.state, "completed");
      const { steps, artifacts } = await run.instance("inst_001");
      const sent = steps.filter(({ step_name }) => step_name === "send");
      assert.match(String(sent[0]!.observation.body), /^in a blob$/);
      assert.match(String(sent[1]!.observation.body), /name="x"\r\n\r\ny\r\n/);
      assert.match(String(sent[1]!.observation.body), /in a file/);
      const texts = new Map<string, string>();
      for (const one of artifacts) texts.set(one.name, await one.text());
      assert.deepEqual(
        JSON.parse(texts.get("step_001_request.json")!),
        { items: ["A-1"] },
      );
      assert.equal(texts.get("blob.txt"), "in a blob");
      assert.equal(texts.get("bytes.bin"), "in bytes");
    }),
);
