import assert from "node:assert/strict";
import { test } from "node:test";
import { checkRun, openRun, parseRequirement } from "../../mod.ts";
import { aRun, recordInstance, recordRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

const failed = { passed: false };
const INSTANCES = [
  {
    steps: [
      { observation: { ok: true, latency_ms: 10 } },
      { step_name: "ship (abroad)", observation: { latency_ms: 250 } },
    ],
    assertions: [{}],
  },
  {
    steps: [{ observation: { ok: false, latency_ms: 400 } }],
    assertions: [failed],
  },
  { scenario_id: "refund", retry_of: "inst_002", assertions: [{}, {}] },
  { scenario_id: "refund", steps: [{ step_name: "wait" }] },
  { scenario_id: "idle", completion: { passed: null } },
];

test("checkRun() measures what is required and says what is met", () =>
  withTempDir(async (dir) => {
    const run = await openRun(await recordRun(dir, INSTANCES));
    const found = async (...texts: string[]) =>
      (await checkRun(run, texts)).requirements
        .map((
          { found, met },
        ) => [found === null ? null : Math.round(found), met]);
    assert.deepEqual(
      await found(
        "pass_rate>=99",
        "pass_rate(refund) = 100",
        "instances>4",
        "passed<3",
        "failed<=0",
        "skipped=1",
        "errors<1",
        "flaky<=0",
        "steps>=4",
        "failed_steps<1",
        "assertions=4",
        "failed_assertions=1",
        "incomplete=0",
      ),
      [
        [100, true],
        [100, true],
        [4, false],
        [3, false],
        [0, true],
        [1, true],
        [0, true],
        [1, false],
        [4, true],
        [1, false],
        [4, true],
        [1, true],
        [0, true],
      ],
    );
    assert.deepEqual(
      await found(
        "max<300",
        "max(pay)<=400",
        'max("ship (abroad)")<300',
        "steps(pay)=2",
        "failed_steps(pay)<=0.5",
      ),
      [[400, false], [400, true], [250, true], [2, true], [1, false]],
    );
    const [p50] = (await checkRun(run, ["p50(pay)>1"])).requirements;
    assert.ok(Math.abs(p50!.found! - 10) <= 0.1, `${p50!.found}`);
  }));

test("checkRun() does not take what was not measured as met", () =>
  withTempDir(async (dir) => {
    const run = await openRun(await recordRun(dir, INSTANCES));
    const require = [
      "p95(wait)<1000",
      "max(wait)>=0",
      "pass_rate(idle)>=0",
      "failed(idle)<=0",
      "flaky(idle)=0",
    ];
    const check = await checkRun(run, require);
    assert.equal(check.passed, false);
    for (const { found, met } of check.requirements) {
      assert.deepEqual([found, met], [null, false]);
    }
    const empty = await openRun(await recordRun(dir, [], { run_id: "empty" }));
    const none = await checkRun(empty, [
      "failed<=0",
      "errors=0",
      "failed_steps=0",
      "failed_assertions=0",
      "p99<1",
      "incomplete=0",
    ]);
    assert.deepEqual(
      none.requirements.map(({ found }) => found),
      [null, null, null, null, null, 0],
    );
  }));

test("checkRun() passes no run that did not complete", () =>
  withTempDir(async (dir) => {
    const path = await recordRun(dir, [{ assertions: [{}] }, {
      completion: false,
    }]);
    const run = await openRun(path);
    const check = (...require: string[]) => checkRun(run, require);
    const { passed, incomplete } = await check("pass_rate=100");
    assert.deepEqual([passed, incomplete], [false, 1]);
    assert.equal((await check("pass_rate=100", "incomplete<2")).passed, true);
    assert.equal((await check("pass_rate=100", "incomplete<1")).passed, false);
    const left = await aRun(dir, { run_id: "left" });
    await recordInstance(left, { assertions: [{}] });
    await left[Symbol.asyncDispose]();
    const broken = await checkRun(await openRun(left.path), [
      "pass_rate=100",
      "incomplete=0",
    ]);
    assert.deepEqual(
      broken.requirements.map(({ met }) => met),
      [true, true],
    );
    assert.deepEqual([broken.passed, broken.state], [false, "interrupted"]);
  }));

test("checkRun() refuses a name that the run does not have", () =>
  withTempDir(async (dir) => {
    const run = await openRun(await recordRun(dir, INSTANCES));
    for (
      const [text, message] of [
        ["p95(pya)<3", /"run_1": it has no step "pya": did you mean "pay"\?/],
        ["p95(unknown)<3", /it has "pay", "ship \(abroad\)", "wait"$/],
        ["failed(checkuot)<3", /no scenario .*: did you mean "checkout"\?/],
        ["failed(constructor)<3", /no scenario "constructor"/],
      ] as const
    ) {
      await assert.rejects(checkRun(run, [text]), {
        code: "INVALID_OPTION",
        message,
      });
    }
    await assert.rejects(checkRun(run, []), { code: "INVALID_OPTION" });
    await assert.rejects(
      checkRun(run, "pass_rate>=99" as unknown as string[]),
      /must be a list of texts/,
    );
  }));

test("parseRequirement() points at the character that is wrong", () => {
  for (
    const [text, offset, message] of [
      ["", 0, /expected a metric: pass_rate, /],
      ["pass_rat>=99", 0, /did you mean "pass_rate"\?/],
      ["speed<3", 0, /it must be one of pass_rate, /],
      ["pass_rate=>99", 9, /expected one of >= <= > < =$/],
      ["pass_rate 99", 10, /expected one of/],
      ["pass_rate>=", 11, /expected a number/],
      ["p95<300ms", 7, /a latency is in milliseconds/],
      ["p95(pay<300", 11, /expected "\)" after the name/],
      ["p95()<300", 4, /expected a name/],
      ['p95("\\x")<300', 4, /expected a JSON string/],
      ["assertions(pay)<300", 10, /takes no name/],
      ["p95 < -1", 6, /expected a number/],
    ] as const
  ) {
    assert.throws(() => parseRequirement(text), {
      code: "INVALID_OPTION",
      offset,
      message,
    }, text);
  }
});
