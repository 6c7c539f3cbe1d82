import assert from "node:assert/strict";
import { test } from "node:test";
import { NormalForm } from "../../src/compare/normal_form.ts";
import type { Manifest, StepRecord } from "../../mod.ts";
import { instance, step } from "../support/samples.ts";

/** Returns the normal form of a record or document as text. */
function textOf(record: ConstructorParameters<typeof NormalForm>[0]): string {
  return new NormalForm(record).text;
}

const other = {
  run_id: "run_2",
  correlation_id: "ffffffffffffffffffffffffffffffff",
};

test("NormalForm is the same where only ids, times and latency differ", () => {
  const again: StepRecord = {
    ...step,
    ...other,
    timestamp: "2025-01-01T00:00:00.000Z",
    observation: { ...step.observation, latency_ms: 99 },
  };
  assert.equal(textOf(again), textOf(step));
  assert.equal(
    textOf({ ...instance, ...other, duration_ms: 1 }),
    textOf(instance),
  );
});

test("NormalForm is the same in whatever order the keys are", () => {
  const turned = Object.fromEntries(
    Object.entries(step).reverse(),
  ) as unknown as StepRecord;
  assert.equal(textOf(turned), textOf(step));
});

test("NormalForm keeps what is named like a volatile field in a body", () => {
  const withBody = (body: StepRecord["observation"]["body"]) =>
    textOf({ ...step, observation: { body } });
  assert.notEqual(withBody({ timestamp: 1 }), withBody({ timestamp: 2 }));
  assert.notEqual(withBody({ latency_ms: 1 }), withBody({ latency_ms: 2 }));
  assert.notEqual(withBody([1, 2]), withBody([2, 1]));
  assert.notEqual(withBody("1"), withBody(1));
});

test("NormalForm takes the instance's own correlation id out of any text, and no other", () => {
  const echo = (correlation_id: string, text: string) =>
    textOf({ ...step, correlation_id, observation: { [text]: [text] } });
  const [a, b] = [step.correlation_id, other.correlation_id];
  const parent = (id: string, span: string) => `00-${id}-${span}-01 ${id}`;
  assert.equal(
    echo(a, parent(a, "0123456789abcdef")),
    echo(b, parent(b, "fedcba9876543210")),
  );
  assert.notEqual(echo(a, a), echo(a, b));
  assert.notEqual(echo("short", "short"), echo("other", "other"));
});

test("NormalForm distinguishes a number that is too large from null", () => {
  const of = (value: number | null) =>
    textOf({ ...step, observation: { value } });
  assert.equal(new Set([Infinity, -Infinity, null].map(of)).size, 3);
});

test("NormalForm leaves out when and by whom, and keeps the rest", () => {
  const manifest = {
    run_id: "run_1",
    timestamp: "2024-01-15T10:30:00.000Z",
    created_by: "x",
    seed: 1,
  } as unknown as Manifest;
  assert.equal(textOf(manifest), '{"seed":1}');
});
