import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assertionMatcher,
  instanceMatcher,
  stepMatcher,
} from "../../src/read/filters.ts";
import { assertion, instance, step } from "../support/samples.ts";

type Case = [filter: Record<string, unknown>, matches: boolean];

function check<R>(
  matcherOf: (filter: never) => ((record: R) => boolean) | undefined,
  record: R,
  cases: Case[],
): void {
  for (const [filter, matches] of cases) {
    const actual = matcherOf(filter as never)!(record);
    assert.equal(actual, matches, JSON.stringify(filter));
  }
}

test("a matcher is undefined where no field of the filter is set", () => {
  assert.equal(instanceMatcher({}), undefined);
  assert.equal(stepMatcher({ ok: undefined }), undefined);
});

test("instanceMatcher() asks for every field that is set", () =>
  check(instanceMatcher, instance, [
    [{ instance_id: "inst_001", scenario_id: "checkout", passed: true }, true],
    [{ instance_id: "inst_001", scenario_id: "refund" }, false],
    [{ instance_id: "inst_002" }, false],
    [{ passed: null }, false],
    [{ hasError: false }, true],
    [{ hasError: true }, false],
  ]));

test("instanceMatcher() takes null for a verdict of its own", () =>
  check(instanceMatcher, { ...instance, passed: null }, [
    [{ passed: null }, true],
    [{ passed: false }, false],
  ]));

test("stepMatcher() looks into the observation", () => {
  const failed = { ...step, observation: { ok: false, errors: ["broke"] } };
  check(stepMatcher, step, [
    [{ step_name: "add_to_cart", step_type: "http", ok: true }, true],
    [{ step_name: "pay" }, false],
    [{ hasError: false }, true],
  ]);
  check(stepMatcher, failed, [[{ ok: false, hasError: true }, true]]);
  check(stepMatcher, { ...step, observation: {} }, [
    [{ hasError: false }, true],
    [{ ok: false }, false],
  ]);
});

test("assertionMatcher() distinguishes a step from the whole instance", () =>
  check(assertionMatcher, assertion, [
    [{ step_index: null, assertion_name: "status_ok", passed: false }, true],
    [{ step_index: 0 }, false],
  ]));

test("since is included and until is not, in any zone", () =>
  check(stepMatcher, step, [
    [{ since: "2024-01-15T10:30:00.500Z" }, true],
    [{ since: "2024-01-15T10:30:00.501Z" }, false],
    [{ until: "2024-01-15T10:30:00.500Z" }, false],
    [{ until: "2024-01-15T12:30:00.501+02:00" }, true],
    [{ since: new Date("2024-01-15"), until: "2024-01-16" }, true],
  ]));

test("a matcher refuses an unknown field, and a time that could mean any", () => {
  const wrong = [
    { passd: true },
    { since: "yesterday" },
    { since: "2024-01-15T10:30:00" },
    { until: new Date(Number.NaN) },
    { until: 5 },
  ];
  for (const filter of wrong) {
    const [path] = Object.keys(filter);
    assert.throws(() => instanceMatcher(filter as never), {
      code: "INVALID_OPTION",
      path,
    });
  }
});
