import assert from "node:assert/strict";
import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  rm,
  writeFile,
} from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import { type ArtifactError, openRun, type RunWriter } from "../../mod.ts";
import { instance, step } from "../support/samples.ts";
import { aRun, recordRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** A finalized run: 6 instances, 3 steps and 1 assertion each; every third fails. */
function withPastRun(
  body: (path: string, run: RunWriter) => Promise<void>,
): Promise<void> {
  return withTempDir(async (dir) => {
    const run = await aRun(dir);
    for (let i = 0; i < 6; i++) {
      const one = run.startInstance({
        scenario_id: i < 3 ? "checkout" : "refund",
        entry_data: { user: i },
      });
      for (const step_name of ["cart", "pay", "ship"]) {
        const ok = step_name !== "pay" || i % 3 !== 2;
        await one.step({
          step_name,
          step_type: step_name === "ship" ? "queue" : "http",
          observation: ok ? { ok } : { ok, errors: ["declined"] },
          request: { step_name, i },
        });
      }
      await one.assertion({ assertion_name: "paid", passed: i % 3 !== 2 });
      await one.complete(i === 5 ? { error: "gave up" } : {});
    }
    await run.finalize();
    await body(run.path, run);
  });
}

test("openRun() returns manifest, summary and state", () =>
  withPastRun(async (path, run) => {
    const past = await openRun(path);
    assert.deepEqual(past.manifest, run.manifest);
    assert.deepEqual(past.summary, await run.finalize());
    assert.equal(past.state, "completed");
    assert.equal(past.path, path);
    assert.equal(past.run_id, "run_1");
    assert.deepEqual(past.tornTails, []);
  }));

test("openRun() distinguishes a running run from an interrupted one", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const live = await openRun(run.path);
    assert.equal(live.state, "running");
    assert.equal(live.summary, null);
    const name = (await readdir(run.path)).find((name) =>
      name.endsWith(".lock")
    )!;
    const lock = join(run.path, name);
    assert.equal(live.writer?.file, lock);
    const holder = JSON.parse(await readFile(lock, "utf8"));
    await writeFile(
      lock,
      JSON.stringify({ ...holder, pid: 2 ** 22 + 1, program: "gone" }),
    );
    assert.equal((await openRun(run.path)).state, "interrupted");
    await run[Symbol.asyncDispose]();
    assert.equal((await openRun(run.path)).state, "interrupted");
  }));

test("instances(), steps() and assertions() give what the filter asks for", () =>
  withPastRun(async (path) => {
    const past = await openRun(path);
    const instances = async (filter: Parameters<typeof past.instances>[0]) =>
      (await Array.fromAsync(past.instances(filter))).map((record) =>
        record.entry_data.user
      );
    assert.deepEqual(await instances({}), [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(await instances({ passed: false }), [2, 5]);
    assert.deepEqual(await instances({ scenario_id: "refund" }), [3, 4, 5]);
    assert.deepEqual(await instances({ hasError: true }), [5]);
    assert.deepEqual(await instances({ hasError: false, passed: false }), [2]);
    assert.deepEqual(await instances({ instance_id: "inst_004" }), [3]);
    assert.deepEqual(
      await instances({ until: "2000-01-01T00:00:00.000Z" }),
      [],
    );
    assert.equal(
      (await instances({ since: "2000-01-01T00:00:00.000Z" })).length,
      6,
    );

    const steps = async (filter: Parameters<typeof past.steps>[0]) =>
      (await Array.fromAsync(past.steps(filter))).length;
    assert.equal(await steps({}), 18);
    assert.equal(await steps({ step_name: "pay" }), 6);
    assert.equal(await steps({ step_type: "http" }), 12);
    assert.equal(await steps({ ok: false }), 2);
    assert.equal(await steps({ hasError: true }), 2);
    assert.equal(await steps({ instance_id: "inst_001", ok: true }), 3);

    const assertions = past.assertions({ passed: false, step_index: 2 });
    assert.equal((await Array.fromAsync(assertions)).length, 2);
  }));

test("filters take times of any zone, and refuse what they do not know", () =>
  withPastRun(async (path) => {
    const past = await openRun(path);
    const { timestamp } = past.manifest;
    const year = Number(timestamp.slice(0, 4));
    for (
      const since of [
        new Date(timestamp),
        timestamp,
        timestamp.replace("Z", "+00:00"),
        timestamp.slice(0, 10),
        `${year}-01-01T00:00:00+14:00`,
      ]
    ) {
      assert.equal((await Array.fromAsync(past.steps({ since }))).length, 18);
      assert.equal(
        (await Array.fromAsync(past.steps({ until: since }))).length,
        0,
      );
    }
    for (const since of ["yesterday", "2024-01-15T10:30:00", "", 5, NaN]) {
      assert.throws(
        () => past.assertions({ since: since as string }),
        { code: "INVALID_OPTION", path: "since" },
      );
    }
    assert.throws(() => past.steps({ until: new Date(NaN) }), {
      code: "INVALID_OPTION",
    });
    assert.throws(() => past.instances({ pased: false } as object), {
      code: "INVALID_OPTION",
      path: "pased",
      message: /the filters are instance_id, scenario_id, passed/,
    });
  }));

test("bad lines are skipped and counted where the caller asks for it", () =>
  withPastRun(async (path) => {
    for (const name of ["instances", "steps", "assertions"]) {
      await appendFile(join(path, `${name}.jsonl`), "bad\n\n");
    }
    const past = await openRun(path);
    let count = 0;
    const options = { onCorruptLine: () => count++ };
    const all = await Array.fromAsync(past.steps({}, options));
    assert.equal(all.length, 18);
    assert.equal(count, 2);
    const trace = await past.instance("inst_002", options);
    assert.equal(trace.steps.length, 3);
    await assert.rejects(past.instance("inst_002"), { code: "CORRUPT_LINE" });
  }));

test("a byte order mark and CRLF are read, a lost file is reported", () =>
  withPastRun(async (path) => {
    const file = join(path, "steps.jsonl");
    const text = await readFile(file, "utf8");
    const past = await openRun(path);
    const steps = await Array.fromAsync(past.steps());
    await writeFile(file, "\ufeff" + text.replaceAll("\n", "\r\n"));
    assert.deepEqual(await Array.fromAsync(past.steps()), steps);
    assert.deepEqual((await openRun(path)).tornTails, []);
    assert.equal((await past.instance("inst_001")).steps.length, 3);
    await rm(file);
    const lost = await openRun(path);
    await assert.rejects(Array.fromAsync(lost.steps()), {
      code: "CORRUPT_FILE",
      file,
      message: /it is missing/,
    });
  }));

test("steps() is a stream that can be piped and left early", () =>
  withPastRun(async (path) => {
    const past = await openRun(path);
    const names = past.steps().pipeThrough(
      new TransformStream({
        transform: ({ step_name }, controller) => controller.enqueue(step_name),
      }),
    );
    assert.equal((await Array.fromAsync(names)).length, 18);
    for await (const { step_index } of past.steps()) {
      assert.equal(step_index, 0);
      break;
    }
    const reader = past.steps().getReader();
    await reader.read();
    await reader.cancel();
  }));

test("instance() returns everything of one instance", () =>
  withPastRun(async (path) => {
    const past = await openRun(path);
    const trace = await past.instance("inst_003");
    assert.equal(trace.instance?.passed, false);
    assert.deepEqual(
      trace.steps.map(({ step_name }) => step_name),
      ["cart", "pay", "ship"],
    );
    assert.equal(trace.assertions.length, 1);
    assert.deepEqual(trace.artifacts.map(({ name }) => name), [
      "step_001_request.json",
      "step_002_request.json",
      "step_003_request.json",
    ]);
    const [, pay] = trace.artifacts;
    const text = '{\n  "step_name": "pay",\n  "i": 2\n}\n';
    assert.equal(pay!.path, trace.steps[1]!.artifacts[0]);
    assert.equal(pay!.size, text.length);
    assert.equal(await pay!.text(), text);
    assert.deepEqual(await pay!.json(), { step_name: "pay", i: 2 });
    assert.deepEqual(await pay!.bytes(), new TextEncoder().encode(text));
    assert.equal(await new Response(pay!.stream()).text(), text);
    for (const id of ["inst_099", "../inst_001", ""]) {
      await assert.rejects(past.instance(id), { code: "INSTANCE_NOT_FOUND" });
    }
  }));

test("instance() returns the steps of an instance that never completed", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const one = run.startInstance({ scenario_id: "checkout" });
    await one.step({ step_name: "cart", step_type: "http" });
    await run[Symbol.asyncDispose]();
    const trace = await (await openRun(run.path)).instance("inst_001");
    assert.equal(trace.instance, null);
    assert.equal(trace.steps.length, 1);
  }));

test("a torn tail is reported, and the whole lines before it are returned", () =>
  withPastRun(async (path) => {
    const file = join(path, "steps.jsonl");
    const offset = (await readFile(file)).length;
    for (const torn of ["{", JSON.stringify(step), "\u0000", "é"]) {
      await appendFile(file, torn);
      const past = await openRun(path);
      const bytes = (await readFile(file)).length - offset;
      assert.deepEqual(past.tornTails, [{ file, offset, bytes }]);
      assert.equal((await Array.fromAsync(past.steps())).length, 18);
    }
  }));

test("a corrupt line is raised with file, line number and byte offset", () =>
  withPastRun(async (path) => {
    const file = join(path, "steps.jsonl");
    const good = await readFile(file);
    const line = JSON.stringify({ ...step, step_name: "été" }) + "\n";
    const bad: [text: string | Uint8Array, problem: RegExp][] = [
      ["{]", /it is not JSON/],
      ["", /it is empty$/],
      ["null", /it is not a record of this file/],
      ['"text"', /it is not a record of this file/],
      [JSON.stringify(instance), /it is not a record of this file/],
      [
        '{"instance_id":"a","step_name":"b"}',
        /it is not a record of this file/,
      ],
      [new Uint8Array([0x22, 0xff, 0x22]), /it is not UTF-8/],
      ["\ufeff" + line.trim(), /it is not JSON/],
    ];
    for (const [text, problem] of bad) {
      const before = Buffer.concat([good, Buffer.from(line)]);
      await writeFile(
        file,
        Buffer.concat([before, Buffer.from(text), Buffer.from("\n" + line)]),
      );
      const past = await openRun(path);
      assert.deepEqual(past.tornTails, []);
      const seen: unknown[] = [];
      await assert.rejects(
        (async () => {
          for await (const record of past.steps()) seen.push(record);
        })(),
        (error: Record<string, unknown>) => {
          assert.equal(error.code, "CORRUPT_LINE");
          assert.equal(error.file, file);
          assert.equal(error.line, 20);
          assert.equal(error.offset, before.length);
          assert.match(String(error.message), problem);
          return true;
        },
      );
    }
  }));

test("openRun() says clearly why it cannot open", () =>
  withPastRun(async (path) => {
    await assert.rejects(openRun(join(path, "nowhere")), {
      code: "RUN_NOT_FOUND",
    });
    await assert.rejects(openRun(join(path, "artifacts")), {
      code: "RUN_NOT_FOUND",
      message: /it has no manifest.json/,
    });
    const file = join(path, "manifest.json");
    const manifest = JSON.parse(await readFile(file, "utf8"));
    const open = async (content: unknown) => {
      const text = typeof content === "string"
        ? content
        : JSON.stringify(content);
      await writeFile(file, text);
      return await openRun(path);
    };
    await assert.rejects(open(""), {
      code: "CORRUPT_FILE",
      message: /it is empty/,
    });
    await assert.rejects(open("{"), { code: "CORRUPT_FILE" });
    await assert.rejects(open("null"), { code: "CORRUPT_FILE" });
    await assert.rejects(open({ hello: "world" }), { code: "CORRUPT_FILE" });
    await assert.rejects(open({ ...manifest, sut_name: 7 }), {
      code: "CORRUPT_FILE",
      path: "sut_name",
    });
    await assert.rejects(open({ ...manifest, format_version: 2, new: 1 }), {
      code: "UNSUPPORTED_VERSION",
      message: /format version 2/,
    });
    const newer = await open({ ...manifest, addedIn11: true });
    assert.equal(
      (newer.manifest as unknown as Record<string, unknown>).addedIn11,
      true,
    );
    await rm(file);
    await mkdir(file);
    await assert.rejects(openRun(path), { code: "CORRUPT_FILE" });
  }));

test("a reader keeps fields that it does not know", () =>
  withPastRun(async (path) => {
    const newer = { ...step, addedIn11: { kept: true } };
    await appendFile(
      join(path, "steps.jsonl"),
      JSON.stringify(newer) + "\n",
    );
    const past = await openRun(path);
    const steps = await Array.fromAsync(
      past.steps({ step_name: "add_to_cart" }),
    );
    assert.deepEqual(steps, [newer]);
  }));

test("a line that is longer than a block is read whole", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    // Its surrogate pairs fall on both sides of the writer's and reader's blocks.
    const body = "x" + "é🛒".repeat(1_000_000);
    await run.appendStep(step);
    await run.appendStep({ ...step, observation: { body } });
    await run.appendStep(step);
    await run.finalize();
    const past = await openRun(run.path);
    const steps = await Array.fromAsync(past.steps());
    assert.deepEqual(steps.map(({ observation }) => observation.body), [
      step.observation.body,
      body,
      step.observation.body,
    ]);
  }));

test("a reader lets timers run while it goes through a long file", () =>
  withPastRun(async (path) => {
    const line = `${JSON.stringify({ ...step, run_id: "run_1" })}\n`;
    await appendFile(join(path, "steps.jsonl"), line.repeat(20_000));
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    try {
      const run = await openRun(path);
      turns = 0;
      for await (const _ of run.steps()) {
        // Nothing here waits for anything.
      }
    } finally {
      clearInterval(timer);
    }
    assert.ok(turns > 2, `${turns}`);
  }));

test("openRun() with onDamage reads what can be read, and reports the rest", () =>
  withTempDir(async (dir) => {
    const path = await recordRun(dir, [
      { steps: [{}, {}], assertions: [{}] },
      { steps: [{}], assertions: [{}], completion: false },
    ]);
    await writeFile(join(path, "summary.json"), "{");
    await rm(join(path, "assertions.jsonl"));
    for (const name of ["steps.jsonl", "instances.jsonl", "started.jsonl"]) {
      await appendFile(join(path, name), "?\n");
    }
    await assert.rejects(openRun(path), { code: "CORRUPT_FILE" });
    const damage: string[] = [];
    const onDamage = ({ code, file, line }: ArtifactError) => {
      damage.push(`${code} ${basename(file!)} ${line ?? ""}`.trim());
    };
    const run = await openRun(path, { onDamage });
    assert.equal(run.summary, null);
    assert.equal((await Array.fromAsync(run.steps())).length, 3);
    assert.equal((await Array.fromAsync(run.instances())).length, 1);
    assert.equal((await Array.fromAsync(run.assertions())).length, 0);
    assert.equal((await Array.fromAsync(run.started())).length, 1);
    const trace = await run.instance("inst_001");
    assert.equal(trace.steps.length, 2);
    assert.deepEqual([...new Set(damage)].sort(), [
      "CORRUPT_FILE assertions.jsonl",
      "CORRUPT_FILE summary.json",
      "CORRUPT_LINE instances.jsonl 2",
      "CORRUPT_LINE started.jsonl 2",
      "CORRUPT_LINE steps.jsonl 4",
    ]);
    // A call that says otherwise is asked first.
    const own: ArtifactError[] = [];
    const onCorruptLine = (error: ArtifactError) => void own.push(error);
    damage.length = 0;
    await Array.fromAsync(run.steps({}, { onCorruptLine }));
    assert.deepEqual([own.length, damage], [1, []]);
  }));
