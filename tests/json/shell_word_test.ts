import assert from "node:assert/strict";
import { test } from "node:test";
import { shellWord } from "../../src/json/shell_word.ts";

test("shellWord() quotes what a shell would read otherwise", () => {
  assert.equal(shellWord("runs/run_1"), "runs/run_1");
  assert.equal(shellWord("two words"), "'two words'");
  assert.equal(shellWord("it's $HOME"), `'it'\\''s $HOME'`);
  assert.equal(shellWord(""), "''");
});
