import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { exportJunit, openRun } from "../../mod.ts";
import { recordRun } from "../support/run_builder.ts";
import { ONCE, ROOT } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";

const failed = { passed: false, expected: 201, actual: 502 };
const HOSTILE =
  '\0 ]]> </failure> & "\u202e" \ud800 [[ATTACHMENT|/etc/passwd]]\n\uffff 💥';

const INSTANCES = [
  { instance_key: "user-1", assertions: [{}] },
  {
    instance_key: "user-1", // The same name again: GitLab would ignore it.
    steps: [{ request: { a: 1 }, observation: { ok: false } }, {
      step_name: "ship",
      observation: { ok: false, status_code: 500 },
    }],
    assertions: [{ step_index: 0, ...failed }],
  },
  // Flaky: fails, then passes.
  { scenario_id: "refund", assertions: [failed] },
  { scenario_id: "refund", retry_of: "inst_003", assertions: [{}] },
  // Fails three times, once with an error.
  { scenario_id: "refund", completion: { error: "lost" } },
  { scenario_id: "refund", retry_of: "inst_005", assertions: [failed] },
  { scenario_id: "refund", retry_of: "inst_006", assertions: [failed] },
  { completion: { passed: null } },
  { completion: false as const },
  { completion: { passed: false } },
];

/** Start tags with their attributes, and texts, one in a line. */
const linesOf = (xml: string) =>
  xml.replaceAll(/ (?:time|timestamp)="[^"]*"/g, "")
    .split("\n").map((line) => line.trim());

test("exportJunit() writes a test case for each instance, with all attempts", () =>
  withTempDir(async (dir) => {
    const path = await recordRun(dir, INSTANCES, { seed: 7 });
    const file = join(dir, "junit.xml");
    assert.deepEqual(await exportJunit(await openRun(path), file), {
      tests: 7,
      failures: 3,
      errors: 1,
      skipped: 1,
      flaky: 1,
    });
    const lines = linesOf(await readFile(file, "utf8"));
    const at = (text: string) => {
      const found = lines.findIndex((line) => line.includes(text));
      assert.notEqual(found, -1, `${text} in\n${lines.join("\n")}`);
      return found;
    };
    at('<testsuites name="shop" tests="7" failures="3" errors="1">');
    at(
      '<testsuite name="shop" tests="7" failures="3" errors="1" skipped="1">',
    );
    at('<property name="run_id" value="run_1"/>');
    at('<property name="seed" value="7"/>');
    at('<testcase classname="checkout" name="user-1">');
    const second = at(
      '<testcase classname="checkout" name="user-1 (inst_002)">',
    );
    assert.deepEqual(lines.slice(second + 1, second + 4), [
      '<failure message="pay: paid: expected 201, got 502" type="paid">pay: paid: expected 201, got 502',
      "ship: status 500, and no assertion judged it</failure>",
      "<system-out>instance_id inst_002",
    ]);
    assert.equal(
      lines[second + 5],
      `[[ATTACHMENT|${
        join(path, "artifacts/inst_002/step_001_request.json")
      }]]</system-out>`,
    );
    const flaky = at('name="inst_004">');
    assert.equal(
      lines[flaky + 1],
      '<flakyFailure message="paid: expected 201, got 502" type="paid">' +
        "<stackTrace>paid: expected 201, got 502</stackTrace></flakyFailure>",
    );
    const rerun = at('name="inst_007">');
    assert.match(lines[rerun + 1]!, /^<failure /);
    assert.match(
      lines[rerun + 2]!,
      /^<rerunError message="lost" type="Error">/,
    );
    assert.match(lines.slice(rerun).join(""), /<\/rerunError><rerunFailure /);
    assert.equal(lines[at('name="inst_008">') + 1], "<skipped/>");
    assert.match(
      lines[at('name="inst_009">') + 1]!,
      /^<error .*never completed/,
    );
    assert.match(lines[at('name="inst_010">') + 1]!, /no reason was recorded/);
    for (const earlier of ["inst_003", "inst_005", "inst_006"]) {
      assert.ok(!lines.some((line) => line.includes(`name="${earlier}"`)));
    }
  }));

test("exportJunit() writes an attempt that counts before those it replaces", () =>
  withTempDir(async (dir) => {
    const path = await recordRun(dir, [
      { instance_id: "again", retry_of: "first", assertions: [{}] },
      { instance_id: "first", assertions: [failed] },
      // In a circle, none is the last one.
      { instance_id: "a", retry_of: "b", assertions: [failed] },
      { instance_id: "b", retry_of: "a", assertions: [failed] },
    ]);
    const file = join(dir, "junit.xml");
    const { tests, flaky } = await exportJunit(await openRun(path), file);
    assert.deepEqual([tests, flaky], [1, 1]);
    const xml = await readFile(file, "utf8");
    assert.match(xml, /name="again" [^]*<flakyFailure /);
    assert.equal(xml.match(/<testcase /g)!.length, 1);
  }));

test(
  "exportJunit() writes what its schema allows, whatever was recorded",
  ONCE,
  () =>
    withTempDir(async (dir) => {
      const { validateXML } = await import("xmllint-wasm");
      const path = await recordRun(dir, [
        ...INSTANCES,
        {
          scenario_id: HOSTILE,
          instance_key: HOSTILE,
          steps: [{ step_name: HOSTILE, observation: { ok: false } }],
          assertions: [
            { assertion_name: HOSTILE, passed: false, message: HOSTILE },
            ...Array.from({ length: 80 }, () => failed),
          ],
          completion: { error: { name: HOSTILE, message: HOSTILE } },
        },
      ], { sut_name: HOSTILE });
      const file = join(dir, "junit.xml");
      await exportJunit(await openRun(path), file);
      const xml = await readFile(file, "utf8");
      const { valid, errors } = await validateXML({
        xml: [{ fileName: "junit.xml", contents: xml }],
        schema: [
          await readFile(join(ROOT, "tests/transfer/junit.xsd"), "utf8"),
        ],
      });
      assert.deepEqual(errors, []);
      assert.equal(valid, true);
      // GitLab and Jenkins look for attachments in the output alone.
      for (const [, out] of xml.matchAll(/<system-out>([^<]*)</g)) {
        assert.ok(!out!.includes("[[ATTACHMENT|/etc"), String(out));
      }
      assert.match(xml, /32 more reasons/);
    }),
);

test("exportJunit() refuses what is not a file", () =>
  withTempDir(async (dir) => {
    const run = await openRun(await recordRun(dir, []));
    await assert.rejects(exportJunit(run, ""), { code: "INVALID_OPTION" });
    await assert.rejects(
      exportJunit(run, join(dir, "nowhere", "junit.xml")),
      { code: "WRITE_FAILED" },
    );
  }));
