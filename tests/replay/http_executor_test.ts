import assert from "node:assert/strict";
import { createServer } from "node:https";
import { test } from "node:test";
import {
  createRun,
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

/** Records one request to a service. */
async function record(
  dir: string,
  baseUrl: string,
  body: unknown,
): Promise<RunReader> {
  const run = await createRun({ dir, sut_name: "shop" });
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
