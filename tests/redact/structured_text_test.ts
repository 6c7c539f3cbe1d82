import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRun, openRun, verifyRun } from "../../mod.ts";
import type { JsonValue } from "../../mod.ts";
import { redactQuery, redactText } from "../../src/redact/structured_text.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { aRun } from "../support/run_builder.ts";

const SECRET = "4929-9912-0000-7731";

/** Takes out every member called `card`. */
function withoutCards(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutCards);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === "card" ? { $secret: "card" } : withoutCards(member!),
    ]),
  );
}

const JSON_FORM = '{"$secret":"card"}';

const FORMS: [name: string, text: string, redacted: string][] = [
  ["JSON", `{"id":1,"card":"${SECRET}"}`, `{"id":1,"card":${JSON_FORM}}`],
  [
    "JSON with a long number",
    `{"id":12345678901234567890,"card":"${SECRET}"}`,
    `{"id":12345678901234567890,"card":${JSON_FORM}}`,
  ],
  [
    "JSON after a byte order mark",
    `\ufeff [{"card":1}]\n`,
    `\ufeff [{"card":${JSON_FORM}}]\n`,
  ],
  [
    "lines of JSON",
    `{"card":1}\n{"a":2}\n\n{"card":3}\n`,
    `{"card":${JSON_FORM}}\n{"a":2}\n\n{"card":${JSON_FORM}}\n`,
  ],
  [
    "an event stream",
    `event: paid\r\ndata: {"card":"${SECRET}"}\r\n\r\n: ping\ndata: [DONE]\n\n`,
    `event: paid\r\ndata: {"card":${JSON_FORM}}\r\n\r\n: ping\ndata: [DONE]\n\n`,
  ],
  [
    "a form",
    `user=ada&card=${SECRET}&x[card]=1&flag`,
    `user=ada&card=${encodeURIComponent(JSON_FORM)}&x[card]=${
      encodeURIComponent(JSON_FORM)
    }&flag`,
  ],
  [
    "a multipart body",
    `--b1\r\nContent-Disposition: form-data; name="card"\r\n\r\n${SECRET}\r\n--b1\r\nContent-Disposition: form-data; name="user"\r\n\r\nada\r\n--b1--`,
    `--b1\r\nContent-Disposition: form-data; name="card"\r\n\r\n${JSON_FORM}\r\n--b1\r\nContent-Disposition: form-data; name="user"\r\n\r\nada\r\n--b1--`,
  ],
];

for (const [name, text, redacted] of FORMS) {
  test(`redactText() takes secrets out of ${name}, and leaves it as it is without`, () => {
    assert.equal(redactText(text, withoutCards), redacted);
    assert.equal(redactText(text, (value) => value), text);
  });
}

test("redactText() does not read what is of no form", () => {
  const texts = [
    "card 4929",
    '{"card":1',
    '{"card":1,"card":2}',
    `{"card":"${SECRET}"}\nnot JSON`,
    `<card>${SECRET}</card>`,
    `data: card=${SECRET}`,
  ];
  for (const text of texts) {
    assert.equal(redactText(text, withoutCards), undefined, text);
  }
});

test("redactText() leaves any JSON to the byte where nothing is secret", () => {
  fc.assert(fc.property(fc.json(), fc.constantFrom(0, 2), (json, indent) => {
    const text = JSON.stringify(JSON.parse(json), null, indent);
    const redacted = redactText(text, (value) => value);
    assert(redacted === undefined || redacted === text);
  }));
});

test("redactQuery() takes secrets out of a query alone", () => {
  assert.equal(
    redactQuery(`/pay?a=1&card=${SECRET}#top`, withoutCards),
    `/pay?a=1&card=${encodeURIComponent(JSON_FORM)}#top`,
  );
  assert.equal(redactQuery("/card=1", withoutCards), "/card=1");
});

/** What a run keeps of a body, with a rule that names a place in it. */
async function keptBody(
  body: unknown,
  unreadableBodies?: "keep",
): Promise<{ body: unknown; warnings: string[] }> {
  const warnings: string[] = [];
  const { warn } = console;
  console.warn = (text: string) => warnings.push(text);
  try {
    let kept: unknown;
    await withTempDir(async (dir) => {
      const run = await createRun({
        dir,
        sut_name: "shop",
        redact: {
          paths: ["observation.body.card"],
          ...(unreadableBodies && { unreadableBodies }),
        },
      });
      const one = run.startInstance({ scenario_id: "s" });
      for (let n = 0; n < 2; n++) {
        await one.step({
          step_name: "a",
          step_type: "t",
          observation: { body },
        });
      }
      await one.complete();
      await run.finalize();
      const { steps } = await (await openRun(run.path)).instance("inst_001");
      kept = steps[0]!.observation.body;
    });
    return { body: kept, warnings };
  } finally {
    console.warn = warn;
  }
}

test("a body that cannot be read is withheld, and the run says so once", async () => {
  const { body, warnings } = await keptBody(`card ${SECRET}`);
  assert.deepEqual(body, { $secret: "body" });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /unreadableBodies: "keep"/);
  const kept = await keptBody(`card ${SECRET}`, "keep");
  assert.equal(kept.body, `card ${SECRET}`);
  assert.deepEqual(kept.warnings, []);
});

test("well-known keys and passwords of urls are taken out by default", () =>
  withTempDir(async (dir) => {
    const record = async (run_id: string, defaults: boolean) => {
      const run = await aRun(dir, {
        run_id,
        config: { api_key: SECRET },
        redact: { defaults },
      });
      const one = run.startInstance({
        scenario_id: "s",
        entry_data: { password: SECRET },
      });
      await one.step({
        step_name: "log in",
        step_type: "http",
        request: {
          url: `http://ada:${SECRET}@shop.test/login?token=${SECRET}`,
          body: `user=ada&client_secret=${SECRET}`,
        },
        observation: {
          ok: true,
          body: JSON.stringify({ user: "ada", access_token: SECRET }),
        },
        response: { body: { Refresh_Token: SECRET, expires: 7 } },
      });
      await one.complete();
      await run.finalize();
      const secrets = { secret: SECRET };
      return (await verifyRun(run.path, { secrets })).problemCount;
    };
    assert.equal(await record("on", true), 0);
    assert.equal(await record("off", false), 7); // one for each value written
    const { steps, artifacts } = await (await openRun(`${dir}/on`))
      .instance("inst_001");
    assert.equal(
      steps[0]!.observation.body,
      '{"user":"ada","access_token":{"$secret":"access_token","id":1}}',
    );
    assert.deepEqual(await artifacts[1]!.json(), {
      body: { Refresh_Token: { $secret: "Refresh_Token", id: 1 }, expires: 7 },
    });
  }));
