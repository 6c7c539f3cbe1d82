/** The report, in a real browser. */
import assert from "node:assert/strict";
import { createWriteStream } from "node:fs";
import { appendFile, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { Writable } from "node:stream";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { createRun, writeReport, type WrittenReport } from "../../mod.ts";
import { likeness } from "../../src/report/cause_groups.ts";
import { PAGE_SCRIPT, PAGE_STYLE } from "../../src/report/page.ts";
import { byWorth } from "../../src/report/select.ts";
import { aRun, recordInstance } from "../support/run_builder.ts";
import { ONCE, ROOT } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { WITH_BROWSER, WITH_FIREFOX, withBrowser } from "./browser.ts";

const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** `REPORT_INSTANCES=200000` makes it as large as it is meant to be. */
const LARGE = Number(process.env.REPORT_INSTANCES ?? 5000);

/** A shop in which every tenth order, or so, is a cent short. */
async function recordShop(
  dir: string,
  instances: number,
  every = 10,
): Promise<string> {
  const run = await aRun(dir, {
    scenario_ids: ["checkout", "refund"],
    durability: "os",
    expectedInstances: instances,
  });
  for (let i = 0; i < instances; i++) {
    const isShort = i % every === every - 1;
    const total = isShort ? 299 : 300;
    const one = await recordInstance(run, {
      scenario_id: i % 2 ? "checkout" : "refund",
      instance_key: `user-${i}`,
      entry_data: { user: i },
      steps: ["cart", "pay", "order"].map((step_name, k) => ({
        step_name,
        observation: {
          ok: true,
          status_code: 201,
          latency_ms: 2 + (i * 7 + k) % 40,
          body: { step_name, needle: i === 41 ? "Stecknadel" : "hay" },
        },
        ...(instances <= 100 && {
          request: { method: "POST", url: `/${step_name}`, body: { user: i } },
          response: { status_code: 201, body: { total } },
        }),
      })),
      assertions: [{
        assertion_name: "total",
        step_index: 2,
        passed: !isShort,
        expected: 300,
        actual: total,
      }],
      completion: false,
    });
    if (i === 9) {
      await one.artifact(
        "page.png",
        Uint8Array.from(atob(PIXEL), (c) => c.charCodeAt(0)),
      );
      await one.artifact("trace.zip", new Uint8Array(5000));
    }
    await one.complete();
  }
  await run.finalize();
  return run.path;
}

async function write(
  path: string,
  file: string,
  options: Parameters<typeof writeReport>[2] = {},
): Promise<WrittenReport> {
  const sink = Writable.toWeb(createWriteStream(file));
  return await writeReport(path, sink as WritableStream<Uint8Array>, options);
}

test(
  "the page is the one that tools/build_report.ts builds",
  ONCE,
  async () => {
    const { builtPage } = await import("../../tools/build_report.ts");
    const built = await builtPage();
    const checkedIn = await readFile(
      join(ROOT, "src", "report", "page.ts"),
      "utf8",
    );
    assert.ok(built === checkedIn, "run `node tools/build_report.ts`");
    const length = gzipSync(PAGE_SCRIPT + PAGE_STYLE, { level: 9 }).length;
    assert.ok(length < 60_000, `${length}`);
  },
);

test(
  "a report of 100 instances shows what failed, what was sent and what came back",
  WITH_BROWSER,
  () =>
    withTempDir(async (dir) => {
      const path = await recordShop(dir, 100);
      const file = join(dir, "report.html");
      const written = await write(path, file, { name: "run_1" });
      assert.deepEqual(
        { ...written, bytes: 0 },
        { bytes: 0, instances: 100, omitted: 0, damage: [] },
      );
      const url = pathToFileURL(file).href;
      const axe = await readFile(
        join(ROOT, "node_modules", "axe-core", "axe.min.js"),
        "utf8",
      );
      await withBrowser(async (open) => {
        const { page, wrongs, until } = await open(url);
        const textOf = (selector: string): Promise<string> =>
          page.$eval(selector, (it: { textContent: string }) => it.textContent);
        const assertAccessible = async (view: string) => {
          const violations = await page.evaluate(`${axe}; axe.run().then(
          ({ violations }) => violations.map(({ id, nodes }) =>
            id + ": " + nodes.map(({ html }) => html.slice(0, 100)).join()))`);
          assert.deepEqual(violations, [], view);
        };
        assert.match(await textOf("header"), /run_1.*completed/s);
        assert.match(await textOf(".figures"), /90\.0 %.*100.*10/s);
        assert.match(
          await textOf("main"),
          /refund.*checkout.*Over time.*cart.*pay.*order/s,
        );
        await assertAccessible("overview");

        await page.keyboard.press("f");
        await page.waitForSelector(".causes");
        assert.match(
          await textOf(".causes"),
          /10.*total: expected 300, got 299/s,
        );
        await assertAccessible("failures");

        await page.click(".chip");
        await page.waitForSelector(".step.failed");
        assert.match(await textOf("h1:not(header h1)"), /failed inst_010/);
        const step = await textOf(".step.failed");
        for (
          const part of [
            /order/,
            /201/,
            /✗ total/,
            /expected300/,
            /actual299/,
            /sent POST \/order/,
            /"user": 9/,
            /came back 201/,
            /"total": 299/,
            /curl -X POST \/order/,
          ]
        ) assert.match(step, part);
        assert.match(await textOf("article"), /differs first in step 2 order/);
        assert.match(await textOf("article"), /wta instance run_1 inst_010/);
        assert.match(await textOf("article"), /trace\.zip.*5\.0 kB/);
        const size = await page.$eval(
          ".file img",
          (it: { naturalWidth: number }) => it.naturalWidth,
        );
        assert.equal(size, 1);
        await assertAccessible("instance");
        await page.keyboard.press("n");
        await until(`location.hash.endsWith("inst_020")`);

        await page.keyboard.press("l");
        await page.waitForSelector(".row");
        await assertAccessible("list");
        await page.select("select", "failed");
        await until(
          `document.querySelectorAll(".row").length === 10`,
        );
        await page.select("select", "");
        await page.keyboard.press("/");
        await page.keyboard.type("user-57");
        await until(
          `document.querySelectorAll(".row").length === 1`,
        );
        assert.equal(
          await page.$eval("#filter", (it: { value: string }) => it.value),
          "user-57",
        );
        await until(`location.hash === "#/list?text=user-57"`);
        assert.match(await textOf(".row"), /inst_058/);
        await page.keyboard.press("Escape");
        await page.keyboard.press("o");
        await page.keyboard.press("/");
        await until(`document.activeElement.id === "filter"`);
        await page.goto(`${url}#/list`);
        await page.waitForSelector(".filters label:last-child input");
        await page.type(".filters label:last-child input", "Stecknadel\n");
        await until(
          `document.querySelectorAll(".row").length === 1`,
        );
        assert.match(await textOf(".row"), /inst_042/);

        await page.emulateMediaFeatures([
          { name: "prefers-color-scheme", value: "dark" },
        ]);
        await page.goto(`${url}#/i/inst_010`);
        await page.waitForSelector(".step.failed");
        await assertAccessible("dark");
        await page.setViewport({ width: 400, height: 800 });
        for (const view of ["#/", "#/failures", "#/list", "#/i/inst_010"]) {
          await page.goto(url + view);
          await page.waitForSelector("main > *");
          const width = await page.evaluate(
            "document.documentElement.scrollWidth",
          );
          assert.ok(width <= 400, `${view} is ${width} pixels wide`);
        }
        assert.deepEqual(wrongs, []);

        const two = join(dir, "two.html");
        const baseline = {
          path: await recordShop(join(dir, "before"), 20, 4),
          name: "before",
        };
        const after = await recordShop(join(dir, "after"), 20);
        await write(after, two, { baseline });
        const compared = await open(`${pathToFileURL(two).href}#/changes`);
        const shown = async (selector: string): Promise<string> => {
          await compared.page.waitForSelector(selector);
          return await compared.page.$eval(
            selector,
            (it: { textContent: string }) => it.textContent,
          );
        };
        assert.match(
          await shown("main"),
          /1newly failing4newly passing.*Newly failing.*inst_010.*Newly passing/s,
        );
        await compared.page.goto(
          `${pathToFileURL(two).href}#/list?change=newlyFailing`,
        );
        assert.match(await shown(".row"), /passed → failed.*inst_010/);
        await compared.page.goto(`${pathToFileURL(two).href}#/i/inst_010`);
        assert.match(
          await shown(".differences"),
          /Changed since the earlier run.*response\.body\.total300299/s,
        );
        assert.match(await shown("article"), /In run_1: passed/);
        const found = await compared.page.evaluate(
          `${axe}; axe.run().then((it) => it.violations.map(({ id }) => id))`,
        );
        assert.deepEqual(found, []);
        assert.deepEqual(compared.wrongs, []);
        if (process.env.REPORT_SCREENSHOTS) {
          const shots = process.env.REPORT_SCREENSHOTS;
          await page.setViewport({ width: 1200, height: 800 });
          for (const theme of ["light", "dark"]) {
            await page.emulateMediaFeatures([
              { name: "prefers-color-scheme", value: theme },
            ]);
            for (
              const [name, view] of [["overview", "#/"], [
                "instance",
                "#/i/inst_010",
              ]]
            ) {
              await page.goto(url + view);
              await new Promise((go) => setTimeout(go, 300));
              await page.screenshot({
                path: join(shots, `report-${name}-${theme}.png`),
              });
            }
          }
        }
      });
    }),
);

test(
  "a report works in Firefox: its parts, keys, addresses and search",
  WITH_FIREFOX,
  () =>
    withTempDir(async (dir) => {
      const path = await recordShop(dir, 50);
      const file = join(dir, "report.html");
      await write(path, file);
      await withBrowser(async (open) => {
        const { page, wrongs, until } = await open(pathToFileURL(file).href);
        const says = (selector: string, text: string) =>
          until(
            `document.querySelector("${selector}")?.textContent.includes(${
              JSON.stringify(text)
            })`,
          );
        await says(".figures", "90.0 %");
        await page.keyboard.press("f");
        await says(".causes", "total: expected 300, got 299");
        await page.click(".chip");
        await says(".step.failed", "sent POST /order");
        await says(".differences", "response.body.total300299");
        await until(`document.querySelector(".file img")?.naturalWidth === 1`);
        await page.keyboard.press("l");
        await until(`document.querySelectorAll(".row").length > 20`);
        await page.type(".filters label:last-child input", "Stecknadel\n");
        await until(`document.querySelectorAll(".row").length === 1`);
        await says(".row", "inst_042");
        assert.deepEqual(wrongs, []);
      }, "firefox");
    }),
);

test(
  `a report of ${LARGE} instances opens, and draws what can be seen`,
  WITH_BROWSER,
  (t) =>
    withTempDir(async (dir) => {
      const file = join(dir, "report.html");
      const startedMs = performance.now();
      const path = await recordShop(dir, LARGE);
      const recordedMs = performance.now();
      const { instances, bytes } = await write(path, file);
      assert.equal(instances, LARGE);
      t.diagnostic(
        `recorded in ${recordedMs - startedMs} ms, written in ${
          performance.now() - recordedMs
        } ms, ${bytes} bytes`,
      );
      await withBrowser(async (open) => {
        const openedMs = performance.now();
        const { page, wrongs, until } = await open(
          `${pathToFileURL(file).href}#/list`,
        );
        await page.waitForSelector(".row");
        const { JSHeapUsedSize } = await page.metrics();
        t.diagnostic(
          `first rows after ${
            performance.now() - openedMs
          } ms, heap of ${JSHeapUsedSize} bytes`,
        );
        const drawn = await page.$$eval(
          ".row",
          (rows: unknown[]) => rows.length,
        );
        assert.ok(drawn < 200, `${drawn} rows are drawn`);
        await page.evaluate("scrollTo(0, document.body.scrollHeight)");
        const last = `inst_${
          String(LARGE).padStart(String(LARGE).length, "0")
        }`;
        await until(
          `[...document.querySelectorAll(".row")].some((row) => row.textContent.includes("${last}"))`,
        );
        assert.deepEqual(wrongs, []);
      });
    }),
);

test(
  "recorded text never runs, and nothing of it is hidden",
  WITH_BROWSER,
  () =>
    withTempDir(async (dir) => {
      const hostile = '</script><script>document.title="owned"</script>' +
        '<img src=x onerror="document.title=1"> javascript:alert(1) \u202e\u0000<!--';
      const nested = (depth: number): unknown =>
        depth === 0 ? hostile : { [hostile]: nested(depth - 1) };
      const run = await createRun({
        dir,
        run_id: "run_1",
        sut_name: hostile,
        scenario_ids: [hostile],
        seed: hostile,
      });
      const one = await recordInstance(run, {
        scenario_id: hostile,
        instance_key: hostile,
        entry_data: { a: nested(100) },
        steps: [{
          step_name: hostile,
          observation: {
            ok: false,
            body: hostile.repeat(5000),
            errors: [hostile, { message: hostile, stack: hostile }],
          },
          request: {
            method: hostile,
            url: "javascript:alert(1)",
            body: hostile,
          },
          response: hostile,
        }],
        assertions: [{
          assertion_name: hostile,
          passed: false,
          message: hostile,
        }],
        completion: false,
      });
      await one.artifact("a.svg", hostile);
      await one.artifact("b.png", hostile);
      await one.complete({ error: hostile });
      await run.finalize();
      const file = join(dir, "report.html");
      await write(run.path, file);
      const html = await readFile(file, "utf8");
      assert.ok(!html.includes("owned"));
      await withBrowser(async (open) => {
        for (const view of ["#/", "#/failures", "#/list", "#/i/inst_001"]) {
          const { page, wrongs } = await open(pathToFileURL(file).href + view);
          await page.waitForSelector("main > *");
          await new Promise((go) => setTimeout(go, 200));
          // An image that is none says so; nothing else happens.
          assert.deepEqual(wrongs, [], view);
          assert.equal(await page.title(), "run_1");
          const text: string = await page.$eval(
            "main",
            (it: { textContent: string }) => it.textContent,
          );
          assert.ok(!text.includes("\u202e"), view);
          if (view !== "#/") assert.ok(text.includes("\\u202e"), view);
        }
      });
    }),
);

test(
  "a damaged run is shown as far as it can be read, and says so",
  WITH_BROWSER,
  () =>
    withTempDir(async (dir) => {
      const path = await recordShop(dir, 10);
      await rm(join(path, "summary.json"));
      await appendFile(join(path, "steps.jsonl"), "?\n");
      const file = join(dir, "report.html");
      const { damage } = await write(path, file);
      assert.match(damage[0]!, /Cannot read line 31/);
      assert.equal(damage.length, 1);
      await withBrowser(async (open) => {
        const { page } = await open(pathToFileURL(file).href);
        const text = await page.$eval(
          "main",
          (it: { textContent: string }) => it.textContent,
        );
        assert.match(text, /1 damaged places of this run were left out/);
        assert.match(text, /The run crashed: it is not complete/);
      });
    }),
);

test("byWorth() takes of each cause some, then all failures, then the slowest", () => {
  const count = 100;
  const places = [...byWorth({
    verdict: Uint8Array.from({ length: count }, (_, i) => i >= 90 ? 1 : 0),
    durationMs: Float64Array.from({ length: count }, (_, i) => i),
    cause: Int32Array.from(
      { length: count },
      (_, i) => i < 90 ? -1 : i === 99 ? 1 : 0,
    ),
  })];
  assert.deepEqual(places.slice(0, 3), [90, 99, 91]);
  assert.deepEqual(places.slice(10, 12), [89, 88]);
  assert.equal(new Set(places).size, count);
});

test("likeness() is equal for reasons that differ in values alone", () => {
  const a = 'POST "/a" to upstream acme: connection refused at 10.0.0.1:80';
  const b = 'post "/b" to upstream acme: connection refused at 10.0.0.2:8080';
  assert.equal(likeness(a), likeness(b));
  assert.notEqual(likeness(a), likeness(a.replace("refused", "reset")));
});

test("writeReport() refuses what it does not know, and closes or aborts its sink", () =>
  withTempDir(async (dir) => {
    const aborted: unknown[] = [];
    const sink = () =>
      new WritableStream<Uint8Array>({
        abort: (reason) => void aborted.push(reason),
      });
    await assert.rejects(writeReport(dir, sink(), { bytes: 1 } as never), {
      code: "INVALID_OPTION",
    });
    await assert.rejects(writeReport(join(dir, "none"), sink()), {
      code: "RUN_NOT_FOUND",
    });
    assert.equal(aborted.length, 1);
  }));
