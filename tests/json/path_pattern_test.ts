import assert from "node:assert/strict";
import { test } from "node:test";
import {
  exactPattern,
  parsePattern,
  type Path,
  type PathPattern,
  pathText,
} from "../../src/json/path_pattern.ts";
import { PathRules } from "../../src/json/path_rules.ts";

/** Whether a pattern covers a place, asked for on the way to it. */
function covers(pattern: PathPattern, path: Path): boolean {
  const rules = new PathRules([pattern]);
  return rules.covers(
    path.reduce((states, key) => rules.below(states, key), rules.start),
  );
}

const PATHS: [text: string, path: Path][] = [
  ["body.items[2].price", ["body", "items", 2, "price"]],
  ['["a key"].b["c.d"]', ["a key", "b", "c.d"]],
  ['headers["x-id"]["\\"\\u00e9"]', ["headers", "x-id", '"é']],
  ['["*"]["**"]', ["*", "**"]],
];

test("parsePattern() reads what pathText() writes, which covers its own path", () => {
  for (const [text, path] of PATHS) {
    assert.equal(pathText(path), text.replace("\\u00e9", "é"));
    assert.deepEqual(parsePattern(text), exactPattern(path));
    assert.ok(covers(parsePattern(text), path), text);
  }
});

test("covers() takes * for one segment and ** for any number of them", () => {
  const cases: [pattern: string, path: Path, covered: boolean][] = [
    ["body.*.id", ["body", "items", "id"], true],
    ["body[*].id", ["body", 3, "id"], true],
    ["body.*.id", ["body", "id"], false],
    ["**.id", ["id"], true],
    ["**.id", ["a", 0, "b", "id"], true],
    ["a.**", ["a"], true],
    ["a.**.b.**.c", ["a", "b", "x", "b", "c"], true],
    ["a.**.b.**.c", ["a", "x", "c"], false],
    ["body", ["body", "id"], false],
    ['["*"]', ["any"], false],
  ];
  for (const [pattern, path, covered] of cases) {
    assert.equal(covers(parsePattern(pattern), path), covered, pattern);
  }
});
