import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { firstIssue } from "../../src/check/validate.ts";
import { ASSERTION } from "../../src/format/assertion_record.ts";
import { INSTANCE } from "../../src/format/instance_record.ts";
import {
  fitsFormat,
  type RecordIds,
  type RecordKind,
} from "../../src/format/record_kind.ts";
import { START } from "../../src/format/start_record.ts";
import { STEP } from "../../src/format/step_record.ts";
import { assertion, instance, start, step } from "../support/samples.ts";

const SAMPLES: [RecordKind<RecordIds>, RecordIds][] = [
  [INSTANCE as unknown as RecordKind<RecordIds>, instance],
  [STEP as unknown as RecordKind<RecordIds>, step],
  [ASSERTION as unknown as RecordKind<RecordIds>, assertion],
  [START as unknown as RecordKind<RecordIds>, start],
];

/** What may stand in a line, in some field or other. */
const value = fc.oneof(
  fc.constantFrom(
    "",
    "../x",
    "0123456789abcdef",
    "2024-01-15T10:30:00.000Z",
    "2024-13-15T10:30:00.000Z",
    -1,
    0.5,
    [""],
    ["a"],
    { ok: "yes" },
    { latency_ms: -1 },
    { headers: [] },
    { errors: {} },
    { name: "E", message: "m", stack: null, cause: null },
    { name: "E", message: "m", stack: null },
  ),
  fc.string().map((text) => JSON.parse(JSON.stringify(text))),
  fc.jsonValue(),
);

for (const [kind, sample] of SAMPLES) {
  test(`fitsFormat() lets no ${kind.name} pass that its schema refuses`, () => {
    let [passed, refused] = [0, 0];
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(sample), "unknown"),
        fc.option(value, { nil: undefined }),
        (field, value) => {
          const record = { ...sample, [field]: value };
          const issue = firstIssue(kind.schema, record, {
            unknownFields: "keep",
          });
          assert.equal(fitsFormat(kind, record), issue === undefined);
          if (issue) refused++;
          else passed++;
        },
      ),
      { numRuns: 5000 },
    );
    assert.ok(passed > 300 && refused > 300, `${passed} and ${refused}`);
  });
}
