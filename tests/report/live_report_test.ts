/** The report of a run that goes on. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { liveReport } from "../../mod.ts";
import { aRun, recordInstance } from "../support/run_builder.ts";
import {
  command,
  ROOT,
  type Runtime,
  WITH_ALL_RUNTIMES,
} from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { WITH_BROWSER, withBrowser } from "./browser.ts";

/** The events of a live report, as they come. */
async function* eventsOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const bytes of response.body!) {
    yield* decoder.decode(bytes).split("\n\n").filter(Boolean);
  }
}

test("liveReport() answers this machine alone, and reads only", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const live = await liveReport(run.path);
    const statusOf = async (url: string, init?: RequestInit) =>
      (await live.respond(new Request(url, init))).status;
    const headers = (name: string, value: string) => ({
      headers: { [name]: value },
    });
    const page = "http://127.0.0.1:8080/";
    assert.equal(await statusOf(page), 200);
    assert.equal(await statusOf("http://localhost/"), 200);
    assert.equal(await statusOf("http://[::1]:1/"), 200);
    assert.equal(await statusOf("http://evil.test/"), 403);
    assert.equal(await statusOf("http://127.0.0.1.evil.test/report"), 403);
    assert.equal(
      await statusOf(page, headers("origin", "http://127.0.0.1:8080")),
      200,
    );
    for (const origin of ["http://evil.test", "null", "http://127.0.0.1:1"]) {
      assert.equal(await statusOf(page, headers("origin", origin)), 403);
    }
    assert.equal(
      await statusOf(page, headers("sec-fetch-site", "cross-site")),
      403,
    );
    assert.equal(await statusOf(page, { method: "POST" }), 405);
    assert.equal(await statusOf(`${page}other`), 404);
    const answer = await live.respond(new Request(page));
    const policy = answer.headers.get("content-security-policy")!;
    assert.match(policy, /default-src 'none'.*connect-src 'self'/);
    await live.close();
    await run.finalize();
  }));

test("liveReport() sends counts and new reports while the run goes on", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const live = await liveReport(run.path);
    const get = (path: string) =>
      live.respond(new Request(`http://localhost${path}`));
    const events = eventsOf(await get("/events"));
    const next = async (pattern: RegExp) => {
      for (;;) {
        const { value, done } = await events.next();
        if (done) assert.fail(`ended before ${pattern}`);
        if (pattern.test(value)) return;
      }
    };
    await recordInstance(run, { steps: [{ observation: { ok: false } }] });
    await next(/^event: counts\n.*"fail_count":1/);
    await next(/^event: report\n.*"state":"running"/);
    assert.match(await (await get("/report")).text(), /id="chunk-0"/);
    await run.finalize();
    await next(/^event: report\n.*"state":"completed"/);
    await live.close();
    assert.equal((await events.next()).done, true);
  }));

/** Starts `wta report --watch` on a runtime; returns its address and its end. */
async function watch(runtime: Runtime, dir: string) {
  const [program, args] = command(
    runtime,
    join(ROOT, "src", "cli", "main.ts"),
    ["report", "--watch", "run_1", "--dir", dir],
  );
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(
    createInterface({ input: child.stdout }),
    "line",
  ) as [string];
  return {
    url: line.match(/http:\/\/127\.0\.0\.1:\d+\//)![0],
    async end(): Promise<number | null> {
      const exit = once(child, "exit");
      child.kill("SIGINT");
      return (await exit)[0] as number | null;
    },
  };
}

/** The status of an answer to a request for another host. */
async function statusFor(url: string, host: string): Promise<number> {
  const asked = request(url, { headers: { host } }).end();
  const [answer] = await once(asked, "response");
  answer.resume();
  return answer.statusCode;
}

test(
  "wta report --watch serves on the three runtimes, and ends with Ctrl-C",
  WITH_ALL_RUNTIMES,
  () =>
    withTempDir(async (dir) => {
      const run = await aRun(dir);
      await recordInstance(run);
      for (const runtime of ["deno", "bun", "node"] as const) {
        const { url, end } = await watch(runtime, dir);
        try {
          assert.equal((await fetch(`${url}report`)).status, 200, runtime);
          const events = await fetch(`${url}events`);
          for await (const event of eventsOf(events)) {
            if (event.startsWith("event: report")) break;
          }
          assert.equal(await statusFor(url, "evil.test"), 403, runtime);
        } finally {
          assert.equal(await end(), 0, runtime);
        }
      }
      await run.finalize();
    }),
);

test(
  "a live page shows instances as they complete, and the end",
  WITH_BROWSER,
  () =>
    withTempDir(async (dir) => {
      const run = await aRun(dir);
      await recordInstance(run, { steps: [{ observation: { ok: true } }] });
      const { url, end } = await watch("node", dir);
      try {
        await withBrowser(async (open) => {
          const { page, wrongs, until } = await open(`${url}#/list`, url);
          const rows = `document.querySelectorAll(".row").length`;
          await until(`${rows} === 1`);
          await page.evaluate("globalThis.isSamePage = true");
          await recordInstance(run, {
            steps: [{ observation: { ok: false } }],
          });
          await until(`${rows} === 2`);
          await until(`document.querySelector(".live").textContent
            .includes("1 passed, 1 failed")`);
          await page.goto(`${url}#/i/inst_002`);
          await until(`document.querySelector(".step.failed") !== null`);
          await run.finalize();
          await until(`document.querySelector(".live").textContent ===
            "The run has ended."`);
          await until(`document.querySelector("header").textContent
            .includes("completed")`);
          assert.equal(await page.evaluate("globalThis.isSamePage"), true);
          assert.deepEqual(wrongs, []);
        });
      } finally {
        assert.equal(await end(), 0);
      }
    }),
);
