import assert from "node:assert/strict";
import { test } from "node:test";
import {
  exactJsonText,
  jsonText,
  parseExactJson,
} from "../../src/json/exact_json.ts";
import { reviveValues } from "../../src/json/revive_values.ts";
import { toJsonValue } from "../../src/json/typed_value.ts";
import type { JsonValue } from "../../mod.ts";

/** What a record holds of a JSON text. */
function recorded(text: string): JsonValue {
  const parsed = parseExactJson(text);
  assert.ok(parsed, text);
  return toJsonValue(parsed.value);
}

const number = (value: string) => ({ $type: "number", value });

test("parseExactJson() keeps every digit, and plain numbers plain", () => {
  const cases: [text: string, value: JsonValue][] = [
    ["7", 7],
    ["-12.5", -12.5],
    ["9007199254740993", number("9007199254740993")],
    ["-9007199254740993", number("-9007199254740993")],
    ['{"a":[0.12345678901234567891]}', {
      a: [number("0.12345678901234567891")],
    }],
    ["1e400", number("1e400")],
    ["-0", number("-0")],
    ["-0.0", number("-0.0")],
    ['{"id":"12345678901234567891"}', { id: "12345678901234567891" }],
    ['{"a":12345678901234567891,"b":1}', {
      a: number("12345678901234567891"),
      b: 1,
    }],
  ];
  for (const [text, value] of cases) {
    assert.deepEqual(recorded(text), value, text);
    assert.equal(exactJsonText(recorded(text)), text);
  }
});

test("parseExactJson() returns undefined where a value would be lost", () => {
  const deep = "[".repeat(1000) + "]".repeat(1000);
  const lost = ["{", '{"a":1,"a":2}', '[{"b":{"a":1,"\\u0061":2}}]', deep];
  for (const text of lost) assert.equal(parseExactJson(text), undefined, text);
  const kept = ['{"a":{"a":1}}', '{"a:":":","b":[]}', '{"__proto__":{"a":1}}'];
  for (const text of kept) assert.equal(exactJsonText(recorded(text)), text);
});

test("exactJsonText() sends a service's own $type as it came", () => {
  const texts = [
    '{"$type":"System.Order","id":1}',
    '{"$type":"number","value":"12345678901234567891"}',
    '{"$type":"object","value":{"$type":"Date"},"n":12345678901234567891}',
  ];
  for (const text of texts) assert.equal(exactJsonText(recorded(text)), text);
  assert.equal(
    exactJsonText(toJsonValue({ at: new Date(0), n: 2n ** 64n })),
    '{"at":"1970-01-01T00:00:00.000Z","n":18446744073709551616}',
  );
});

test("jsonText() writes bigints, and digits out of a record, as numbers", () => {
  const text = '{"id":12345678901234567891}';
  assert.equal(jsonText({ id: 12345678901234567891n }), text);
  assert.equal(jsonText(reviveValues(recorded(text))), text);
  assert.equal(
    jsonText({ $type: "number", value: "x" }),
    '{"$type":"number","value":"x"}',
  );
  assert.equal(jsonText(() => {}), undefined);
});
