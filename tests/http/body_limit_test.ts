import assert from "node:assert/strict";
import { test } from "node:test";
import process from "node:process";
import { encodeBase64 } from "@std/encoding/base64";
import { httpExecutor, openRun, replayInstance, sendHttp } from "../../mod.ts";
import { withHttpService } from "../support/http_service.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { aRun } from "../support/run_builder.ts";

const CHUNK = 1 << 20;
const CHUNKS = 512;

/** Half a gigabyte, of which each part is made anew. */
function large(): ReadableStream<Uint8Array> {
  let left = CHUNKS;
  return new ReadableStream({
    pull(to) {
      if (left-- > 0) to.enqueue(new Uint8Array(CHUNK).fill(97));
      else to.close();
    },
  }, { highWaterMark: 0 });
}

test("sendHttp() keeps the beginning of a body that is too large, and marks it", () =>
  withHttpService((_, answer) => {
    answer.setHeader("content-type", "application/json");
    answer.end('{"name":"é"}');
  }, async ({ baseUrl }) => {
    const get = { method: "GET", url: "/" };
    const { response, observation } = await sendHttp(get, {
      baseUrl,
      maxBodyBytes: 10,
    });
    // The tenth byte is the first half of a character.
    const cut = {
      body: '{"name":"',
      body_encoding: "text",
      body_truncated: { bytes: 13 },
    };
    const { status_code: _, headers: __, ...body } = response!;
    assert.deepEqual(body, cut);
    assert.equal(observation.ok, true);
    assert.deepEqual(observation.body_truncated, { bytes: 13 });
    const whole = await sendHttp(get, { baseUrl, maxBodyBytes: 13 });
    assert.deepEqual(whole.response!.body, { name: "é" });
    assert.equal("body_truncated" in whole.response!, false);
    const none = await sendHttp(get, { baseUrl, maxBodyBytes: 0 });
    assert.deepEqual(none.response!.body_truncated, { bytes: 13 });
    assert.equal(none.response!.body, null);
  }));

test("sendHttp() lets large bodies pass by in flat memory", async () => {
  let peak = 0;
  const start = process.memoryUsage().rss;
  const upload = async (_url: string, init: RequestInit) => {
    const body = init.body as ReadableStream<Uint8Array>;
    for await (const _ of body) {
      peak = Math.max(peak, process.memoryUsage().rss);
    }
    return new Response(large());
  };
  const { request, response } = await sendHttp(
    { method: "PUT", url: "http://shop.invalid/", body: large() },
    { maxBodyBytes: 1000, fetch: upload },
  );
  peak = Math.max(peak, process.memoryUsage().rss);
  for (const part of [request, response!]) {
    assert.equal(part.body, "a".repeat(1000));
    assert.deepEqual(part.body_truncated, { bytes: CHUNKS * CHUNK });
  }
  const rise = (peak - start) / CHUNK;
  assert.ok(rise < CHUNKS / 2, `memory rose by ${Math.round(rise)} MiB`);
});

test("httpExecutor() cuts as was recorded, and refuses a request that was cut", () =>
  withTempDir((dir) =>
    withHttpService((_, answer) => {
      answer.end(Uint8Array.from([255, 254, 253, 252]));
    }, async ({ baseUrl }) => {
      const run = await aRun(dir);
      const instance = run.startInstance({ scenario_id: "download" });
      const options = { baseUrl, maxBodyBytes: 3 };
      const get = await sendHttp({ method: "GET", url: "/" }, options);
      assert.equal(
        get.response!.body,
        encodeBase64(Uint8Array.from([255, 254, 253])),
      );
      await instance.step({ step_name: "get", step_type: "http", ...get });
      const put = await sendHttp(
        { method: "PUT", url: "/", body: new Blob(["abcd"]) },
        options,
      );
      assert.equal(put.request.body, "abc");
      assert.deepEqual(put.request.body_truncated, { bytes: 4 });
      await instance.step({ step_name: "put", step_type: "http", ...put });
      await instance.complete();
      await run.finalize();
      const past = await openRun(run.path);
      const replay = (from: number) =>
        replayInstance(past, "inst_001", httpExecutor({ baseUrl }), {
          from,
          until: from + 1,
        }).verdict();
      const { matches, reason } = await replay(0);
      assert.equal(matches, true, reason ?? "");
      await assert.rejects(replay(1), {
        code: "INCOMPLETE_RECORDING",
        message: /larger than maxBodyBytes/,
      });
    })
  ));
