import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  openRun,
  recordFetch,
  type RunningStep,
  type StepRecord,
} from "../../mod.ts";
import { type HttpService, withHttpService } from "../support/http_service.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { aRun } from "../support/run_builder.ts";

const BYTES = Uint8Array.from([0, 255, 128, 10]);
const EXACT = '{ "id" : 12345678901234567891 }';

/** Answers with what the path says. */
function withService(body: (service: HttpService) => Promise<void>) {
  return withHttpService(({ url }, answer) => {
    switch (url) {
      case "/bytes":
        return void answer.end(BYTES);
      case "/none":
        return void answer.writeHead(204).end();
      case "/large":
        return void answer.end("x".repeat(200_000));
      case "/half":
        answer.writeHead(200, { "content-length": "100" });
        answer.write("half");
        return void setTimeout(() => answer.destroy(), 30);
    }
    answer.setHeader("content-type", "application/json");
    answer.setHeader("set-cookie", ["a=1", "b=2"]);
    answer.end(EXACT);
  }, body);
}

/** Records one step; gives its record and what was recorded of the request. */
async function recordStep(
  dir: string,
  act: (step: RunningStep) => Promise<void>,
): Promise<{ step: StepRecord; request: Record<string, unknown> }> {
  const run = await aRun(dir);
  await run.instance({ scenario_id: "checkout" }, async (instance) => {
    await instance.step("call", act).catch((error) => {
      if (!isTransportError(error)) throw error;
    });
  });
  await run.finalize();
  const [step] = await Array.fromAsync((await openRun(run.path)).steps());
  const [path] = step!.artifacts;
  const request = path === undefined
    ? {}
    : JSON.parse(await readFile(join(run.path, path), "utf8"));
  return { step: step!, request };
}

function isTransportError(error: unknown): boolean {
  return error instanceof TypeError && "code" in error;
}

test("step.fetch() returns the answer as fetch does: url, headers, bytes", () =>
  withTempDir((dir) =>
    withService(async ({ baseUrl }) => {
      const { step } = await recordStep(dir, async (step) => {
        const exact = await step.fetch("/exact?a=1", { baseUrl });
        assert.ok(exact instanceof Response);
        assert.equal(exact.url, `${baseUrl}/exact?a=1`);
        assert.deepEqual(exact.headers.getSetCookie(), ["a=1", "b=2"]);
        assert.equal(await exact.text(), EXACT);
        const bytes = await step.fetch(new URL("/bytes", baseUrl));
        assert.deepEqual(new Uint8Array(await bytes.arrayBuffer()), BYTES);
        const none = await step.fetch("/none", { baseUrl });
        assert.equal(none.status, 204);
        assert.equal(none.body, null);
      });
      assert.equal(step.observation.ok, true, JSON.stringify(step));
      const [exact] = step.observation.earlier_exchanges as {
        observation: { body: unknown };
      }[];
      assert.deepEqual(exact!.observation.body, {
        id: { $type: "number", value: "12345678901234567891" },
      });
    })
  ));

test("step.fetch() takes a Request, a URL, and every body that fetch takes", () =>
  withTempDir((dir) =>
    withService(async ({ baseUrl, received }) => {
      const got = () => {
        const { method, headers, body } = received.at(-1)!;
        const type = headers["content-type"];
        return [method, type, new TextDecoder().decode(body)];
      };
      const { step } = await recordStep(dir, async (step) => {
        const headers = { "content-type": "a/b", "x-n": "1" };
        const put = { method: "PUT", body: "hi", headers };
        await step.fetch(new Request(`${baseUrl}/put`, put));
        assert.deepEqual(got(), ["PUT", "a/b", "hi"]);
        assert.equal(received.at(-1)!.headers["x-n"], "1");
        assert.equal(received.at(-1)!.headers["content-length"], "2");
        await step.fetch(new Request(`${baseUrl}/put`, put), {
          method: "POST",
          headers: [["x-n", "2"]],
          json: { a: 2n ** 64n },
        });
        assert.deepEqual(got(), ["POST", "a/b", '{"a":18446744073709551616}']);
        assert.equal(received.at(-1)!.headers["x-n"], "2");
        await step.fetch("/", { baseUrl, body: new URLSearchParams("a=1") });
        assert.deepEqual(got(), [
          "POST",
          "application/x-www-form-urlencoded;charset=UTF-8",
          "a=1",
        ]);
        // As client libraries give it.
        const init: RequestInit = { body: "text", redirect: "follow" };
        await step.fetch("/", { ...init, baseUrl });
        assert.deepEqual(got(), ["POST", "text/plain;charset=UTF-8", "text"]);
        const body = new Blob(["stream"]).stream();
        await step.fetch("/", { baseUrl, method: "PUT", body });
        assert.deepEqual(got(), ["PUT", undefined, "stream"]);
        for (const { headers } of received) {
          assert.equal(
            headers["x-correlation-id"],
            step.headers()["x-correlation-id"],
          );
        }
      });
      assert.equal(step.observation.ok, true, JSON.stringify(step));
    })
  ));

test("step.fetch() returns all of a large body, and records its beginning", () =>
  withTempDir((dir) =>
    withService(async ({ baseUrl }) => {
      const options = { baseUrl, maxBodyBytes: 100 };
      const { step } = await recordStep(dir, async (step) => {
        const answer = await step.fetch("/large", options);
        assert.equal(await answer.text(), "x".repeat(200_000));
      });
      assert.equal(step.observation.ok, true, JSON.stringify(step));
      assert.equal(step.observation.body, "x".repeat(100));
      assert.deepEqual(step.observation.body_truncated, { bytes: 200_000 });
      assert.equal(step.observation.body_incomplete, undefined);
    })
  ));

test("step.fetch() records that a large body was not read to its end", () =>
  withTempDir((dir) =>
    withService(async ({ baseUrl }) => {
      const options = { baseUrl, maxBodyBytes: 100 };
      const { step } = await recordStep(dir, async (step) => {
        const answer = await step.fetch("/large", options);
        await answer.body!.cancel();
      });
      assert.equal(step.observation.body_incomplete, true);
    })
  ));

test("step.fetch() throws with a code where no whole answer came, and records what had come", () =>
  withTempDir((dir) =>
    withService(async ({ baseUrl }) => {
      const { step } = await recordStep(dir, async (step) => {
        await step.fetch("/half", { baseUrl });
      });
      const { ok, status_code, body, body_incomplete, errors } =
        step.observation;
      assert.deepEqual(
        { ok, status_code, body, body_incomplete },
        { ok: false, status_code: 200, body: "half", body_incomplete: true },
      );
      const [error] = errors as Record<string, unknown>[];
      assert.equal(errors!.length, 1);
      assert.equal(error!.code, "reset");
      assert.match(String(error!.message), /^Connection lost/);
    })
  ));

test("step.fetch() refuses what it does not know, and aborts with its signal", () =>
  withTempDir((dir) =>
    withService(async ({ baseUrl, received }) => {
      await recordStep(dir, async (step) => {
        const wrong: [init: object, message: RegExp][] = [
          [
            { basUrl: baseUrl },
            /"basUrl" is not an option: did you mean "baseUrl"/,
          ],
          [{ json: 1, body: "1" }, /"json" cannot be given with a body/],
          [{ timeoutMs: 0 }, /"timeoutMs" must be/],
          [{}, /relative: pass `baseUrl`/],
        ];
        for (const [init, message] of wrong) {
          await assert.rejects(step.fetch("/", init), {
            code: "INVALID_OPTION",
            message,
          });
        }
        const reason = new Error("enough");
        const signal = AbortSignal.abort(reason);
        await assert.rejects(step.fetch("/", { baseUrl, signal }), reason);
        const request = new Request(`${baseUrl}/`, { signal });
        await assert.rejects(step.fetch(request));
        assert.equal(received.length, 0);
      });
    })
  ));

test("recordFetch() takes a Request of a client library", () =>
  withTempDir((dir) =>
    withService(async ({ baseUrl }) => {
      const client = recordFetch({ timeoutMs: 5000 });
      const { request } = await recordStep(dir, async () => {
        const init = { method: "POST", body: '{"a":1}' };
        const answer = await client(new Request(`${baseUrl}/exact`, init));
        assert.equal(await answer.text(), EXACT);
      });
      assert.equal(request.url, `${baseUrl}/exact`);
      assert.equal(request.body, '{"a":1}');
      await assert.rejects(client(new Request(`${baseUrl}/exact`)), {
        code: "NO_STEP",
        message: new RegExp(`request to "${baseUrl}/exact"`),
      });
    })
  ));
