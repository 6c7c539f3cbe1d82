import assert from "node:assert/strict";
import { createServer } from "node:https";
import { test } from "node:test";
import {
  httpExecutor,
  openRun,
  type ReplayedStep,
  replayInstance,
  type RunReader,
  sendHttp,
} from "../../mod.ts";
import { withHttpService } from "../support/http_service.ts";
import { CERTIFICATE, KEY } from "../support/self_signed.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { aRun } from "../support/run_builder.ts";

/** Records one request to a service. */
async function record(
  dir: string,
  baseUrl: string,
  body: unknown,
): Promise<RunReader> {
  const run = await aRun(dir);
  const instance = run.startInstance({ scenario_id: "checkout" });
  const exchange = await sendHttp(
    { method: "POST", url: "/", body },
    { baseUrl, timeoutMs: 5000 },
  );
  await instance.step({ step_name: "a", step_type: "http", ...exchange });
  await instance.complete();
  await run.finalize();
  return await openRun(run.path);
}

async function replay(run: RunReader, baseUrl: string): Promise<ReplayedStep> {
  const executor = httpExecutor({ baseUrl });
  const [step] = await Array.fromAsync(
    replayInstance(run, "inst_001", executor),
  );
  return step!;
}

test("httpExecutor() sends secrets to one service only, unless it is named", () =>
  withTempDir(async (dir) => {
    const answer = (_: unknown, response: { end(text: string): void }) =>
      response.end("ok");
    await withHttpService(answer, async (shop) => {
      await withHttpService(answer, async (other) => {
        const run = await aRun(dir);
        const instance = run.startInstance({ scenario_id: "checkout" });
        for (const { baseUrl } of [shop, other]) {
          const headers = { authorization: "Bearer t0k3n" };
          const request = { method: "GET", url: `${baseUrl}/`, headers };
          const sent = await sendHttp(request);
          await instance.step({ step_name: "a", step_type: "http", ...sent });
        }
        await instance.complete();
        await run.finalize();
        const past = await openRun(run.path);
        const secrets = { authorization: "Bearer new" };
        const replayed = replayInstance(past, "inst_001", httpExecutor(), {
          secrets,
        });
        await assert.rejects(replayed.verdict(), {
          code: "INVALID_OPTION",
          message:
            `Cannot send "authorization" to ${other.baseUrl}: the secrets of this replay were for ${shop.baseUrl}; name the service that gets them with baseUrl`,
        });
        assert.equal(shop.received.length, 2);
        assert.equal(other.received.length, 1); // When it was recorded.
        const { baseUrl } = shop;
        const named = replayInstance(
          past,
          "inst_001",
          httpExecutor({ baseUrl }),
          { secrets },
        );
        assert.equal((await named.verdict()).matches, true);
        assert.equal(other.received.length, 1);
      });
    });
  }));

test("httpExecutor() sends and compares every digit", () =>
  withTempDir(async (dir) => {
    let answers = "12345678901234567891";
    await withHttpService((_, answer) => {
      answer.setHeader("content-type", "application/json");
      answer.end(`{"id":${answers}}`);
    }, async ({ baseUrl, received }) => {
      const run = await record(dir, baseUrl, { id: 12345678901234567891n });
      assert.deepEqual((await replay(run, baseUrl)).differences, []);
      for (const { body } of received) {
        const text = new TextDecoder().decode(body);
        assert.equal(text, '{"id":12345678901234567891}');
      }
      answers = "12345678901234567892";
      assert.deepEqual((await replay(run, baseUrl)).differences, [{
        path: "body.id.value",
        recorded: "12345678901234567891",
        actual: "12345678901234567892",
      }]);
    });
  }));

test("httpExecutor() never matches a failure with an answer, or with another failure", () =>
  withTempDir(async (dir) => {
    const other = createServer(
      { key: KEY, cert: CERTIFICATE },
      (_, answer) => answer.end("fine"),
    );
    await new Promise<void>((go) => other.listen(0, "127.0.0.1", go));
    const { port } = other.address() as { port: number };
    try {
      await withHttpService((_, answer) => {
        answer.writeHead(500, { "content-length": "1000" });
        answer.write("out of connections");
        setTimeout(() => answer.destroy(), 30);
      }, async ({ baseUrl }) => {
        const run = await record(dir, baseUrl, undefined);
        assert.deepEqual((await replay(run, baseUrl)).differences, []);
        const { differences } = await replay(run, `https://127.0.0.1:${port}`);
        const changed = differences.map(({ path }) => path);
        assert.ok(changed.includes("status_code"), changed.join());
        assert.ok(changed.includes("errors[0].code"), changed.join());
      });
    } finally {
      await new Promise<void>((go) => other.close(() => go()));
    }
  }));
