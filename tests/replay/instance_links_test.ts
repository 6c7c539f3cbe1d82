import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type CreateRunOptions,
  httpExecutor,
  instanceLinks,
  openRun,
  replayInstance,
  type ReplayOptions,
  type RunReader,
} from "../../mod.ts";
import { withHttpService } from "../support/http_service.ts";
import { aRun, recordRun } from "../support/run_builder.ts";
import {
  PASSWORD,
  sessionShop,
  type ShopFaults,
  shopInSession,
  signInByForm,
} from "../support/session_shop.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** Records a session at one shop. */
async function recordSession(
  dir: string,
  options: Partial<CreateRunOptions>,
  record = shopInSession,
): Promise<RunReader> {
  const run = await aRun(dir, options);
  await withHttpService(sessionShop(), async ({ baseUrl }) => {
    const instance = run.startInstance({ scenario_id: "checkout" });
    await record(instance, baseUrl);
    await instance.complete();
  });
  await run.finalize();
  return await openRun(run.path);
}

/** Replays it at another one. */
function replayAt(
  run: RunReader,
  faults: ShopFaults = {},
  options: ReplayOptions = {},
) {
  return withHttpService(sessionShop(faults), async ({ baseUrl }) => {
    const replay = replayInstance(
      run,
      "inst_001",
      httpExecutor({ baseUrl }),
      options,
    );
    const steps = await Array.fromAsync(replay);
    return { steps, verdict: await replay.verdict() };
  });
}

const RECORDINGS: Record<string, [
  Partial<CreateRunOptions>,
  ReplayOptions,
]> = {
  "in full": [{ redact: false }, {}],
  // The page has set this cookie itself.
  "without secrets": [{}, { secrets: { theme: "dark" } }],
};

for (const [how, [options, replayOptions]] of Object.entries(RECORDINGS)) {
  test(`a session recorded ${how} replays at a fresh service`, () =>
    withTempDir(async (dir) => {
      const run = await recordSession(dir, options);
      const { steps, verdict } = await replayAt(run, {}, replayOptions);
      assert.deepEqual(
        steps.flatMap(({ differences, error }) => [error, ...differences]),
        [null, null, null],
      );
      assert.equal(verdict.matches, true, `${verdict.reason}`);
      assert.equal(verdict.followedCount, 4);
      const links = await instanceLinks(run, "inst_001");
      assert.deepEqual(
        links.map(({ from, to }) => [
          `${from.step_index} ${from.path}`,
          `${to.step_index} ${to.path}`,
        ]),
        [
          ["0 body.access_token", "1 headers.authorization"],
          ["0 body.csrf", '1 headers["x-csrf"]'],
          ["1 body.next", "2 url"],
          ['0 headers["set-cookie"].sid', "2 headers.cookie.sid"],
        ],
      );
    }));
}

test("a form's password is asked for, and the tokens that it gives are not", () =>
  withTempDir(async (dir) => {
    const run = await recordSession(dir, {}, signInByForm);
    await assert.rejects(replayAt(run), {
      code: "INCOMPLETE_RECORDING",
      message:
        'Cannot replay "inst_001" exactly: the redacted value "password" was not supplied',
    });
    const secrets = { password: PASSWORD };
    const { verdict, steps } = await replayAt(run, {}, { secrets });
    assert.equal(verdict.matches, true, `${verdict.reason}`);
    assert.equal(steps[2]!.actual?.status_code, 201);
    const wrong = await replayAt(run, {}, { secrets: { password: "x" } });
    assert.equal(wrong.steps[0]!.actual?.status_code, 403);
    // The step that has no token to send any more is not sent without it.
    assert.match(wrong.steps[1]!.error!, /"body" could not be sent: step 0/);
  }));

test("a secret from outside keeps its name where a link brings another of it", () =>
  withTempDir(async (dir) => {
    const basic = `Basic ${btoa("shop:pw")}`;
    const path = await recordRun(dir, [{
      entry_data: { token: "t-out" },
      steps: [
        {
          request: { url: "/token", headers: { authorization: basic } },
          observation: { body: { access_token: "t-in" } },
        },
        {
          request: { url: "/a", headers: { authorization: "Bearer t-in" } },
          observation: { ok: true },
        },
        {
          request: { url: "/b", headers: { "x-api-key": "t-out" } },
          observation: { ok: true },
        },
      ],
    }]);
    const sent: unknown[] = [];
    const secrets = { authorization: "Basic given", token: "t-given" };
    const { matches } = await replayInstance(
      await openRun(path),
      "inst_001",
      (_, { request }) => {
        sent.push((request as { headers: unknown }).headers);
        return sent.length > 1 ? { ok: true } : {
          body: { access_token: "new" },
        };
      },
      { secrets },
    ).verdict();
    assert.equal(matches, true);
    assert.deepEqual(sent, [
      { authorization: "Basic given" },
      { authorization: "Bearer new" },
      { "x-api-key": "t-given" },
    ]);
  }));

test("without following, the recorded session is refused", () =>
  withTempDir(async (dir) => {
    const run = await recordSession(dir, { redact: false });
    const { steps, verdict } = await replayAt(run, {}, { follow: false });
    assert.equal(verdict.matches, false);
    assert.equal(verdict.followedCount, 0);
    assert.equal(steps[1]!.actual?.status_code, 401);
  }));

test("what differs besides the links is reported", () =>
  withTempDir(async (dir) => {
    const run = await recordSession(dir, { redact: false });
    const { steps, verdict } = await replayAt(run, { discount: 1 });
    assert.equal(verdict.matches, false);
    assert.deepEqual(steps[2]!.differences, [
      { path: "body.total", recorded: 30, actual: 29 },
    ]);
  }));

test("a value that does not come any more is a lost link", () =>
  withTempDir(async (dir) => {
    const run = await recordSession(dir, { redact: false });
    const { steps, verdict } = await replayAt(run, { noToken: true });
    assert.equal(verdict.matches, false);
    assert.deepEqual(
      steps[0]!.differences.map(({ path }) => path),
      ["body.access_token"],
    );
    assert.deepEqual(
      steps[1]!.lost.map(({ from }) => from.path),
      ["body.access_token"],
    );
  }));

test("rules forbid links and add them", () =>
  withTempDir(async (dir) => {
    const run = await recordSession(dir, { redact: false });
    const csrf = {
      from: { step: "login", path: "body.csrf" },
      to: { step: "create_cart", path: 'headers["x-csrf"]' },
    };
    const forbid = [{ to: csrf.to }];
    const { steps } = await replayAt(run, {}, { links: { forbid } });
    assert.equal(steps[1]!.actual?.status_code, 403);
    const links = await instanceLinks(run, "inst_001", {
      forbid,
      add: [csrf],
    });
    assert.equal(
      links.find(({ to }) => to.path === csrf.to.path)?.why,
      "a rule adds it",
    );
    const added = await replayAt(run, {}, { links: { forbid, add: [csrf] } });
    assert.equal(added.verdict.matches, true);
  }));

test("secrets with a number follow without being given, and others are asked for", () =>
  withTempDir(async (dir) => {
    const token = { $secret: "access_token", id: 2 };
    const path = await recordRun(dir, [{
      steps: [
        {
          request: {
            url: "/login",
            body: { password: { $secret: "password", id: 1 } },
          },
          observation: { body: { access_token: token } },
        },
        {
          request: {
            url: "/orders",
            headers: {
              authorization: { $secret: "authorization", text: "Bearer ${2}" },
            },
          },
          observation: { ok: true },
        },
      ],
    }], { redact: false });
    const run = await openRun(path);
    const sent: unknown[] = [];
    const replay = (options: ReplayOptions, body = { access_token: "new" }) =>
      replayInstance(run, "inst_001", (_, { request, secretNames }) => {
        sent.push([request, secretNames]);
        return sent.length % 2 === 1 ? { body } : { ok: true };
      }, options);
    await assert.rejects(replay({}).verdict(), {
      code: "INCOMPLETE_RECORDING",
      message:
        'Cannot replay "inst_001" exactly: the redacted value "password" was not supplied',
    });
    await assert.rejects(
      replay({ secrets: { password: "pw" }, follow: false }).verdict(),
      /the redacted value "authorization" was not supplied/,
    );
    const secrets = { password: "pw" };
    assert.equal((await replay({ secrets }).verdict()).matches, true);
    assert.deepEqual(sent, [
      [{ url: "/login", body: { password: "pw" } }, ["password"]],
      [
        { url: "/orders", headers: { authorization: "Bearer new" } },
        ["authorization"],
      ],
    ]);
    const given = { ...secrets, authorization: "Bearer mine" };
    await replay({ secrets: given }).verdict();
    assert.deepEqual(
      (sent[3]![0] as { headers: unknown }).headers,
      { authorization: "Bearer mine" },
    );
    const lost = await replay({ secrets }, {} as { access_token: string })
      .verdict();
    assert.equal(lost.matches, false);
    assert.equal(sent.length, 5); // The second request has no token to send.
  }));
