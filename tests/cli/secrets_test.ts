/** Secrets that the command line is given through the environment. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { callWta } from "./transcript.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { aRun } from "../support/run_builder.ts";

const TOKEN = "t0k3n-of-the-shop";

test("wta verify --scan-env finds what the environment has, and does not print it", () =>
  withTempDir(async (cwd) => {
    const dir = join(cwd, "runs");
    const run = await aRun(dir);
    const one = run.startInstance({ scenario_id: "s" });
    await one.artifact("log.txt", "nothing");
    await run.finalize();
    const scan = (line: string, env = {}) =>
      callWta(`verify run_1 ${line}`, cwd, undefined, { LANG: "C", ...env });
    const line = "--scan-env SHOP_TOKEN";
    assert.equal((await scan(line, { SHOP_TOKEN: TOKEN })).code, 0);

    const file = join(run.path, "artifacts", "inst_001", "log.txt");
    await writeFile(file, `log\ntoken=${btoa(`user:${TOKEN}`)}`);
    const found = await scan(`${line} --scan-env OTHER`, {
      SHOP_TOKEN: TOKEN,
      OTHER: "another value",
    });
    assert.equal(found.code, 1);
    assert.match(found.stdout, /SECRET_FOUND .*"SHOP_TOKEN", in base64/);
    assert(!`${found.stdout}${found.stderr}`.includes(TOKEN));

    for (const env of [{}, { SHOP_TOKEN: "" }]) {
      const unset = await scan(line, env);
      assert.equal(unset.code, 2);
      assert.match(unset.stderr, /that variable is not set/);
    }
    const short = await scan(line, { SHOP_TOKEN: "abc" });
    assert(short.code !== 0 && short.code !== 1);
    assert(!short.stderr.includes("abc"));
  }));

test("no output of wta has the password of a URL", () =>
  withTempDir(async (cwd) => {
    const run = await aRun(join(cwd, "runs"), { redact: false });
    const one = run.startInstance({ scenario_id: "s" });
    await one.step({
      step_name: "pay",
      step_type: "http",
      observation: { ok: false, body: `see http://ada:${TOKEN}@shop.test/` },
      request: { method: "GET", url: `http://ada:${TOKEN}@shop.test/pay` },
    });
    await one.complete({ error: `GET http://ada:${TOKEN}@shop.test/ failed` });
    await run.finalize();
    for (
      const line of [
        "show run_1",
        "failures run_1",
        "instance run_1 inst_001",
        "replay run_1 inst_001",
      ]
    ) {
      const { stdout, stderr } = await callWta(line, cwd);
      assert(!`${stdout}${stderr}`.includes(TOKEN), line);
    }
  }));

test("wta replay --secret-env sends what was taken out of the recording", () =>
  withTempDir(async (cwd) => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      const key = request.headers["x-api-key"] as string | undefined;
      seen.push(key);
      // A service that repeats what it was sent, as services do.
      response.end(JSON.stringify({ you_sent: key, url: `//u:${key}@host/` }));
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    try {
      const run = await aRun(join(cwd, "runs"));
      const one = run.startInstance({ scenario_id: "s" });
      await one.step({
        step_name: "pay",
        step_type: "http",
        observation: { ok: true, status_code: 200 },
        request: { method: "GET", url: "/", headers: { "X-API-Key": TOKEN } },
      });
      await one.complete();
      await run.finalize();
      const { port } = server.address() as AddressInfo;
      const line =
        `replay run_1 inst_001 --base-url http://127.0.0.1:${port} --ignore body --ignore headers --ignore errors`;
      const env = { LANG: "C", SHOP_KEY: TOKEN };
      const without = await callWta(line, cwd, undefined, env);
      assert(without.code !== 0);
      assert.deepEqual(seen, []);
      const secret = `${line} --secret-env x-api-key=SHOP_KEY`;
      const sent = await callWta(secret, cwd, undefined, env);
      assert.deepEqual(seen, [TOKEN], sent.stderr);
      assert(!`${sent.stdout}${sent.stderr}`.includes(TOKEN));
      const shown = await callWta(
        secret.replace("--ignore body ", ""),
        cwd,
        undefined,
        env,
      );
      assert.match(shown.stdout, /you_sent.*…/);
      assert(!`${shown.stdout}${shown.stderr}`.includes(TOKEN));
      seen.length = 0;
      const anywhere = await callWta(
        secret.replace(/ --base-url \S+/, ""),
        cwd,
        undefined,
        env,
      );
      assert.equal(anywhere.code, 2);
      assert.match(anywhere.stderr, /Cannot send secrets to the recorded URLs/);
      assert.deepEqual(seen, []);
      for (const pair of ["x-api-key", "=SHOP_KEY", "x-api-key=NOT_SET"]) {
        const wrong = `${line} --secret-env ${pair}`;
        assert.equal((await callWta(wrong, cwd, undefined, env)).code, 2);
      }
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }));
