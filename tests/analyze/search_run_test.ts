import assert from "node:assert/strict";
import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createRun, openRun, searchRun } from "../../mod.ts";
import { Needle } from "../../src/analyze/byte_search.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

test("Needle finds what String.indexOf() finds, from any place", () => {
  let seed = 7;
  const random = (n: number) => (seed = seed * 48271 % 2147483647) % n;
  const text = (length: number) =>
    Array.from({ length }, () => "abß"[random(3)]).join("");
  const encode = (text: string) => new TextEncoder().encode(text);
  for (let i = 0; i < 3000; i++) {
    const [hay, needle] = [text(random(60)), text(1 + random(4))];
    const at = hay.indexOf(needle, random(3));
    const from = encode(hay.slice(0, at === -1 ? 0 : at)).length;
    const expected = at === -1 ? hay.indexOf(needle) : at;
    const inBytes = expected === -1
      ? -1
      : encode(hay.slice(0, expected)).length;
    assert.equal(
      new Needle(needle).in(encode(hay), at === -1 ? 0 : from),
      inBytes,
      JSON.stringify([hay, needle]),
    );
  }
});

/** Where a run was searched, as `file:line place`, and what was not searched. */
async function placesOf(path: string, pattern: string | RegExp) {
  const skipped: string[] = [];
  const run = await openRun(path);
  const found: string[] = [];
  for await (
    const { instance_id, step_index, file, line, place, text } of searchRun(
      run,
      pattern,
      { onSkipped: (path, reason) => skipped.push(`${path} ${reason}`) },
    )
  ) found.push(`${instance_id} ${step_index} ${file}:${line} ${place} ${text}`);
  return { found, skipped };
}

test("searchRun() tells instance, step, line and place of what was recorded", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    await run.startInstance({ scenario_id: "other" }).complete();
    const one = run.startInstance({ scenario_id: "checkout" });
    await one.step({ step_name: "cart", step_type: "http" });
    await one.step({
      step_name: "pay",
      step_type: "http",
      observation: {
        status_code: 502,
        body: {
          errors: ['größe "XL"\nis sold out'],
          "sold out": 1,
          total: 47110.815,
        },
      },
      request: { body: 'a "quoted" word' },
    });
    await one.artifact("log.txt", "first\nsold out\nlast, sold out");
    await one.artifact(
      "page.png",
      new Uint8Array([137, 0, 115, 111, 108, 100]),
    );
    await one.complete({ error: "sold out" });
    await run.finalize();
    const soldOut = await placesOf(run.path, "sold out");
    assert.deepEqual(soldOut.found, [
      "inst_002 null instances.jsonl:2 error.message sold out",
      'inst_002 1 steps.jsonl:2 observation.body.errors[0] größe "XL"\nis sold out',
      'inst_002 1 steps.jsonl:2 observation.body["sold out"] sold out',
      "inst_002 null artifacts/inst_002/log.txt:2  sold out",
      "inst_002 null artifacts/inst_002/log.txt:3  last, sold out",
    ]);
    assert.deepEqual(soldOut.skipped, ["artifacts/inst_002/page.png binary"]);
    const briefly = async (pattern: string | RegExp) =>
      (await placesOf(run.path, pattern)).found.map((hit) =>
        hit.split(" ").slice(2, 4).join(" ")
      );
    const errors = "steps.jsonl:2 observation.body.errors[0]";
    // As it was recorded, not as JSON escapes it.
    assert.deepEqual(await briefly('e "XL"\nis'), [errors]);
    // A number that no random id and no time can hold.
    assert.deepEqual(await briefly("47110.8"), [
      "steps.jsonl:2 observation.body.total",
    ]);
    assert.deepEqual(await briefly(/^GR..E/iu), [errors]);
    assert.deepEqual(await briefly('"quoted"'), [
      "artifacts/inst_002/step_002_request.json:2 ",
    ]);
    // As it stands in the line.
    assert.deepEqual(await briefly('"status_code":502'), ["steps.jsonl:2 "]);
    assert.deepEqual(await briefly("nowhere"), []);
    await assert.rejects(briefly(""), { code: "INVALID_OPTION" });
  }));

test("searchRun() finds in large runs, long lines and damaged ones what is there", () =>
  withTempDir(async (dir) => {
    const run = await createRun({ dir, run_id: "run_1", sut_name: "shop" });
    const one = run.startInstance({ scenario_id: "checkout" });
    const lines = 3000;
    for (let i = 0; i < lines; i++) {
      const body = i % 1000 === 999 ? `needle ${i}` : "x".repeat(200);
      await one.step({
        step_name: "pay",
        step_type: "http",
        observation: { body },
      });
    }
    await one.complete();
    await run.finalize();
    const found = (await placesOf(run.path, "needle")).found;
    assert.deepEqual(
      found,
      [999, 1999, 2999].map((i) =>
        `inst_001 ${i} steps.jsonl:${i + 1} observation.body needle ${i}`
      ),
    );
    await appendFile(join(run.path, "steps.jsonl"), '{"torn": "needle\n');
    const artifacts = join(run.path, "artifacts", "inst_001");
    await mkdir(artifacts);
    // In one line, across the ends of all parts that are searched.
    const long = new Uint8Array(2_500_000).fill(120);
    const places = [65534, 1048573, 2097150, 2499994];
    for (const at of places) long.set(new TextEncoder().encode("needle"), at);
    for (const at of places) {
      const alone = new Uint8Array(2_500_000).fill(120);
      alone.set(new TextEncoder().encode("needle"), at);
      await writeFile(join(artifacts, `${at}.txt`), alone);
    }
    const more = (await placesOf(run.path, "needle")).found.slice(3)
      .map((hit) => hit.split(" ").slice(0, 3).join(" "));
    assert.deepEqual(more, [
      `null null steps.jsonl:${lines + 1}`,
      ...places.map((at) => `inst_001 null artifacts/inst_001/${at}.txt:1`)
        .sort(),
    ]);
  }));
