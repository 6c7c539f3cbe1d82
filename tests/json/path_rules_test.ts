import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  ANY,
  DEEP,
  type Path,
  type PathPattern,
} from "../../src/json/path_pattern.ts";
import { PathRules } from "../../src/json/path_rules.ts";

/** What a pattern means, word for word. */
function matches(pattern: PathPattern, path: Path): boolean {
  const [segment, ...rest] = pattern;
  if (segment === undefined) return path.length === 0;
  if (segment === DEEP) {
    return Array.from({ length: path.length + 1 }, (_, i) => path.slice(i))
      .some((below) => matches(rest, below));
  }
  const [key, ...below] = path;
  return key !== undefined && (segment === ANY || segment === String(key)) &&
    matches(rest, below);
}

function statesAt(rules: PathRules, path: Path) {
  return path.reduce((states, key) => rules.below(states, key), rules.start);
}

test("covers() is what the definition of a pattern says", () => {
  const key = fc.constantFrom("a", "b", "0");
  const pattern = fc.array(
    fc.oneof(key, fc.constantFrom<typeof ANY | typeof DEEP>(ANY, DEEP)),
    { minLength: 1, maxLength: 6 },
  );
  const path = fc.array(fc.oneof(key, fc.constant(0)), { maxLength: 6 });
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 3 }), path, (patterns, path) => {
      const rules = new PathRules(patterns);
      assert.equal(
        rules.covers(statesAt(rules, path)),
        patterns.some((pattern) => matches(pattern, path)),
      );
    }),
    { numRuns: 5000 },
  );
});

test("the states of a rule are no more than its segments, whatever the value", () => {
  const pattern: PathPattern = Array.from(
    { length: 20 },
    (_, i) => i % 2 ? "a" : DEEP,
  );
  const rules = new PathRules([pattern]);
  let states = rules.start;
  for (let depth = 0; depth < 500; depth++) {
    states = rules.below(states, "a");
    assert(states[0]!.length <= pattern.length + 1);
  }
});
