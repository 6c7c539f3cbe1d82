/** `docs/runners.md`: each fixture records the tests of its runner as it says. */
import assert from "node:assert/strict";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { type InstanceTrace, listRuns, openRun } from "../../mod.ts";
import { WITH_BROWSER } from "../report/browser.ts";
import { finish, ROOT, WITH_ALL_RUNTIMES } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";

const BIN = join(ROOT, "node_modules", ".bin");
const DENO_CONFIG = join(ROOT, "deno.npm.json");
/** Packages that a project of these has, beside the library. */
const PACKAGES = ["vitest", "@playwright/test", "@types/node"];

/** A copy of the tests of a section, as a project has more than one file. */
const SECOND = "stock.test.ts";

/** How many runs the two files make with each fixture. */
const RUNS: Record<string, number> = {
  "Vitest": 2,
  "node:test": 2,
  "bun test": 1,
  "deno test": 2,
};

const page = await readFile(join(ROOT, "docs", "runners.md"), "utf8");

/** The files and the command of a section, as it names them. */
function sectionOf(title: string) {
  const from = page.indexOf(`\n## ${title}\n`);
  assert.notEqual(from, -1, title);
  const next = page.indexOf("\n## ", from + 1);
  const text = page.slice(from, next === -1 ? undefined : next);
  const files = [...text.matchAll(/^```ts (\S+)\n([\s\S]*?)^```/gm)]
    .map(([, name, code]) => ({ name: name!, code: code! }));
  const shell = text.match(/^```sh\n([\s\S]*?)^```/m)?.[1]?.trim();
  assert.ok(shell, title);
  return { files, shell };
}

/** A project with the files of a section, where its packages are installed. */
async function layOut(dir: string, title: string): Promise<void> {
  const { files } = sectionOf(title);
  const link = async (name: string, target: string) => {
    const path = join(dir, "node_modules", name);
    await mkdir(dirname(path), { recursive: true });
    await symlink(target, path);
  };
  await link("@windtunnel/artifacts", ROOT);
  for (const name of PACKAGES) {
    await link(name, join(ROOT, "node_modules", name));
  }
  await link(".bin", BIN);
  await writeFile(join(dir, "package.json"), '{"type":"module"}');
  for (const { name, code } of files) {
    // Deno takes the sources with their own configuration.
    const own = title === "deno test"
      ? code.replaceAll(
        '"@windtunnel/artifacts"',
        `"${pathToFileURL(join(ROOT, "mod.ts")).href}"`,
      )
      : code;
    await writeFile(join(dir, name), own);
    if (name === "shop.test.ts") await writeFile(join(dir, SECOND), own);
  }
}

/** Runs the command of a section; one of the two tests fails on purpose. */
async function runTests(dir: string, title: string, env = {}): Promise<void> {
  const [program, ...args] = sectionOf(title).shell
    .replaceAll('"', "")
    .replace("npx ", "")
    // With the configuration of the sources, whose tests are not meant.
    .replace(/^deno test .*/, `$& --no-check --config=${DENO_CONFIG} *.test.ts`)
    .split(" ");
  const { code, stdout, stderr } = await finish(
    join(BIN, program!),
    args.flatMap((arg) =>
      arg === "*.test.ts" ? ["shop.test.ts", SECOND] : [arg]
    ),
    dir,
    { PATH: `${BIN}${delimiter}${process.env.PATH}`, ...env },
  );
  assert.equal(code, 1, stdout + stderr);
  assert.match(stdout + stderr, /adds the shipping/);
}

/** Every instance of the runs in `runs/`, sorted by its key. */
async function recorded(
  dir: string,
  runs: number,
): Promise<[string, InstanceTrace][]> {
  const listed = await Array.fromAsync(listRuns(join(dir, "runs")));
  assert.equal(listed.length, runs);
  const traces: [string, InstanceTrace][] = [];
  for (const { path } of listed) {
    const run = await openRun(path);
    assert.equal(run.state, "completed");
    for await (const { instance_id, instance_key } of run.instances()) {
      traces.push([instance_key!, await run.instance(instance_id)]);
    }
  }
  const files = traces.map(([, { instance }]) => instance!.scenario_id);
  assert.deepEqual([...new Set(files)].sort(), ["shop.test.ts", SECOND]);
  return traces.sort(([a], [b]) => a < b ? -1 : 1);
}

function assertVerdicts(traces: [string, InstanceTrace][]): void {
  for (const [key, { instance }] of traces) {
    const passes = key.endsWith("adds an item");
    assert.ok(passes || key.endsWith("adds the shipping"), key);
    assert.equal(instance!.passed, passes);
    if (passes) assert.equal(instance!.error, null);
    else {
      assert.match(instance!.error!.message, /12/);
      assert.match(instance!.error!.message, /17/);
      assert.ok(instance!.error!.stack!.includes(instance!.scenario_id));
    }
  }
}

for (const [title, runs] of Object.entries(RUNS)) {
  test(
    `the fixture for ${title} records its tests`,
    WITH_ALL_RUNTIMES,
    () =>
      withTempDir(async (dir) => {
        await layOut(dir, title);
        await runTests(dir, title);
        const traces = await recorded(dir, runs);
        assertVerdicts(traces);
        assert.equal(traces.length, 4);
        for (const [, { steps, artifacts }] of traces.slice(0, 2)) {
          assert.deepEqual(steps.map(({ step_name }) => step_name), ["add"]);
          assert.deepEqual(artifacts.map(({ name }) => name), ["cart.json"]);
        }
      }),
  );
}

/** Runs the tests for Playwright, which ask a shop. */
async function runPlaywright(dir: string): Promise<void> {
  await layOut(dir, "Playwright");
  const shop = createServer((_, answer) =>
    answer.end(JSON.stringify({ items: ["A-1"] }))
  );
  await new Promise<void>((go) => shop.listen(0, "127.0.0.1", go));
  const { port } = shop.address() as { port: number };
  try {
    await runTests(dir, "Playwright", { SHOP_URL: `http://127.0.0.1:${port}` });
  } finally {
    shop.close();
  }
}

test(
  "the reporter for Playwright records tests, retries and attachments",
  WITH_ALL_RUNTIMES,
  () =>
    withTempDir(async (dir) => {
      await runPlaywright(dir);
      const traces = await recorded(dir, 1);
      assertVerdicts(traces);
      assert.equal(traces.length, 6);
      for (const [, { artifacts }] of traces.slice(0, 2)) {
        assert.deepEqual(
          artifacts.map(({ name }) => name).sort(),
          ["cart.json", "trace.zip"],
        );
      }
      const failed = traces.slice(2).map(([, { instance }]) => instance!);
      const first = failed.filter(({ retry_of }) => retry_of === null);
      const again = failed.filter(({ retry_of }) => retry_of !== null);
      assert.equal(first.length, 2);
      assert.deepEqual(
        again.map(({ retry_of }) => retry_of).sort(),
        first.map(({ instance_id }) => instance_id).sort(),
      );
    }),
);

/** A page that does not hold what its test expects. */
const PAGE_TEST = `import { expect, test } from "@playwright/test";

test("shows the cart", async ({ page }) => {
  await page.setContent("<title>Shop</title><h1>Your cart is empty</h1>");
  expect(await page.title()).toBe("Cart");
});
`;

test(
  "the reporter for Playwright records the screenshot of a page",
  WITH_BROWSER,
  () =>
    withTempDir(async (dir) => {
      const { default: chromium } = await import("@sparticuz/chromium");
      const launchOptions = {
        executablePath: await chromium.executablePath(),
        args: [...chromium.args, "--no-sandbox"],
      };
      await layOut(dir, "Playwright");
      await writeFile(join(dir, "page.test.ts"), PAGE_TEST);
      await writeFile(
        join(dir, "browser.config.ts"),
        `import base from "./playwright.config.ts";
const launchOptions = ${JSON.stringify(launchOptions)};
export default { ...base, retries: 0, use: { ...base.use, launchOptions } };
`,
      );
      const { code, stdout, stderr } = await finish(
        join(BIN, "playwright"),
        ["test", "--config=browser.config.ts", "page.test.ts"],
        dir,
      );
      assert.equal(code, 1, stdout + stderr);
      const [listed] = await Array.fromAsync(listRuns(join(dir, "runs")));
      const [one] = await Array.fromAsync(listed!.run!.instances());
      assert.equal(one!.passed, false);
      assert.match(one!.error!.message, /Cart[^]*Shop/);
      const { artifacts } = await listed!.run!.instance(one!.instance_id);
      const image = artifacts.find(({ name }) => name.endsWith(".png"));
      assert.ok(image, artifacts.map(({ name }) => name).join());
      const bytes = await image.bytes();
      assert.equal(new TextDecoder().decode(bytes.subarray(1, 4)), "PNG");
      // Width and height, as the header of a PNG has them.
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      assert.deepEqual([view.getUint32(16), view.getUint32(20)], [1280, 720]);
    }),
);

test("a fixture has at most 15 lines below its imports", () => {
  for (const title of [...Object.keys(RUNS), "Playwright"]) {
    const { code } = sectionOf(title).files[0]!;
    const lines = code.split("\n").filter((line) =>
      line !== "" && !line.startsWith("import ")
    );
    assert.ok(lines.length <= 15, `${title}: ${lines.length}`);
  }
});
