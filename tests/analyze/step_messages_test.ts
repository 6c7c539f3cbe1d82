import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  instanceTimeline,
  openRun,
  readStepMessages,
  type ReadStepMessagesOptions,
  type StepInput,
} from "../../mod.ts";
import { recordRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** Records one step, lets `change` its run, and reads its messages. */
async function messagesOf(
  input: Partial<StepInput>,
  options?: ReadStepMessagesOptions,
  change: (path: string) => Promise<void> = () => Promise.resolve(),
) {
  return await withTempDir(async (dir) => {
    const path = await recordRun(dir, [{ steps: [input] }]);
    await change(path);
    const trace = await (await openRun(path)).instance("inst_001");
    const [step] = instanceTimeline(trace).steps;
    return await readStepMessages(step!, options);
  });
}

const POST = { method: "POST", url: "/carts", headers: { a: "b" }, body: [1] };

test("readStepMessages() reads an HTTP exchange from its files", async () => {
  const { request, response } = await messagesOf({
    request: { ...POST, timeout: 3 },
    response: { status_code: 201, headers: { c: "d" }, body: "made" },
    observation: { status_code: 500, body: "not this" },
  });
  assert.deepEqual(request, {
    ...POST,
    body: { timeout: 3, body: [1] },
    unreadable: null,
  });
  assert.deepEqual(response, {
    status_code: 201,
    headers: { c: "d" },
    body: "made",
    unreadable: null,
  });
});

test("readStepMessages() keeps the encoding of a body that is not shown as it is", async () => {
  const bodyOf = async (body_encoding: string) =>
    (await messagesOf({ request: { ...POST, body: "eA==", body_encoding } }))
      .request!.body;
  assert.equal(await bodyOf("text"), "eA==");
  assert.deepEqual(await bodyOf("base64"), {
    body_encoding: "base64",
    body: "eA==",
  });
});

test("readStepMessages() takes what is in no file from the observation", async () => {
  const observation = { status_code: null, headers: { e: "f" }, body: 0 };
  assert.deepEqual(await messagesOf({ observation }), {
    request: null,
    response: { ...observation, unreadable: null },
  });
  assert.deepEqual(await messagesOf({}), { request: null, response: null });
});

test("readStepMessages() keeps a request as it is that is not of HTTP", async () => {
  for (const request of ["SELECT 1", { query: "SELECT 1", body: 2 }]) {
    assert.deepEqual((await messagesOf({ request })).request, {
      method: null,
      url: null,
      headers: null,
      body: request,
      unreadable: null,
    });
  }
});

test("readStepMessages() reports files that it cannot use", async () => {
  const name = "artifacts/inst_001/step_001_request.json";
  const unreadable = async (
    change: (file: string) => Promise<void>,
    options?: ReadStepMessagesOptions,
  ) => {
    const { request } = await messagesOf(
      { request: POST },
      options,
      (path) => change(join(path, name)),
    );
    return request!.unreadable;
  };

  assert.deepEqual(await unreadable((file) => rm(file)), {
    path: name,
    reason: "missing",
    sizeBytes: 0,
  });
  assert.deepEqual(await unreadable((file) => writeFile(file, "")), {
    path: name,
    reason: "empty",
    sizeBytes: 0,
  });
  assert.deepEqual(await unreadable((file) => writeFile(file, "{")), {
    path: name,
    reason: "not-json",
    sizeBytes: 1,
  });
  const four = (file: string) => writeFile(file, "1234");
  assert.deepEqual(await unreadable(four, { fileBytesMax: 3 }), {
    path: name,
    reason: "too-large",
    sizeBytes: 4,
  });
  assert.equal(await unreadable(four, { fileBytesMax: 4 }), null);
});

test("readStepMessages() rejects wrong options", async () => {
  await assert.rejects(messagesOf({}, { fileBytesMax: -1 }), {
    code: "INVALID_OPTION",
    path: "fileBytesMax",
  });
});
