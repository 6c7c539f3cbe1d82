import assert from "node:assert/strict";
import { test } from "node:test";
import {
  concealer,
  hasCredentials,
  withoutCredentials,
} from "../../src/json/conceal.ts";

test("concealer() hides values as they are, as JSON and URL-encoded", () => {
  const conceal = concealer(['a "b"', 'a "b" c/d', ""]);
  assert.equal(conceal('x a "b" y'), "x … y");
  assert.equal(conceal(JSON.stringify({ v: 'a "b" c/d' })), '{"v":"…"}');
  assert.equal(
    conceal(`?v=${encodeURIComponent('a "b" c/d')}&w=1`),
    "?v=…&w=1",
  );
  assert.equal(concealer([])("text"), "text");
});

test("withoutCredentials() hides the passwords of URLs alone", () => {
  const url = "see http://ada:s3cret@shop.test:80/a?b=c@d and //x:y@z/";
  const hidden = "see http://ada:…@shop.test:80/a?b=c@d and //x:…@z/";
  assert.equal(withoutCredentials(url), hidden);
  assert.equal(hasCredentials(url), true);
  for (const text of ["http://shop.test:80/a@b", "mail ada@shop.test", ""]) {
    assert.equal(withoutCredentials(text), text);
    assert.equal(hasCredentials(text), false);
  }
});
