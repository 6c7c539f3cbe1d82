import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { openRun, type RunLimits } from "../../mod.ts";
import { runtimeFileSystem } from "../../src/adapters/runtime.ts";
import { aRun } from "../support/run_builder.ts";
import { step as sampleStep } from "../support/samples.ts";
import { withTempDir } from "../support/temp_dir.ts";

const ACTION = { step_name: "a", step_type: "t" };

test("a record of recordBytesMax is written whole, of one byte more a value goes into a file", () =>
  withTempDir(async (dir) => {
    for (const letter of ["x", "é", "東", "🛒"]) {
      const bytes = new TextEncoder().encode(letter).length;
      // Long enough a line for the limit to be met by the letters alone.
      const run = await aRun(dir, {
        run_id: `run_${bytes}`,
        limits: { recordBytesMax: 4000 },
      });
      const one = run.startInstance({ scenario_id: "s" });
      let steps = 0;
      for (; steps * bytes < 4200; steps++) {
        const observation = { body: letter.repeat(steps) };
        await one.step({ ...ACTION, observation });
      }
      await one.complete();
      await run.finalize();
      const trace = await (await openRun(run.path)).instance(one.instance_id);
      const files = new Map(trace.artifacts.map((file) => [file.path, file]));
      let longest = 0;
      let whole = 0;
      for (const step of trace.steps) {
        const { body } = step.observation;
        const line = new TextEncoder().encode(JSON.stringify(step) + "\n");
        if (typeof body === "string") {
          longest = Math.max(longest, line.length);
          whole++;
        }
        const text = typeof body === "string"
          ? body
          : await files.get((body as { $artifact: string }).$artifact)!.json();
        assert.equal(text, letter.repeat(step.step_index));
      }
      assert(whole > 0 && whole < steps);
      assert(longest <= 4000 && longest + bytes > 4000 - 2, `${longest}`);
    }
  }));

test("a record of many small values that is too large is refused", () =>
  withTempDir(async (dir) => {
    const limits = { recordBytesMax: 400 };
    const run = await aRun(dir, { limits });
    const one = run.startInstance({ scenario_id: "s" });
    const observation = Object.fromEntries(
      Array.from({ length: 100 }, (_, n) => [`field_${n}`, n]),
    );
    await assert.rejects(one.step({ ...ACTION, observation }), {
      code: "INVALID_RECORD",
      message: /recordBytesMax, which is 400/,
    });
    await run.finalize();
  }));

test("a value of more members than a line may have goes into a file, a record of many is refused", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const one = run.startInstance({ scenario_id: "s" });
    const body = Array.from({ length: 240_000 }, () => ({}));
    const observation = { body, note: "x".repeat(900_000), few: [{}, {}] };
    await one.step({ ...ACTION, observation });
    await assert.rejects(
      run.appendStep({ ...sampleStep, observation: { body } }),
      { code: "INVALID_RECORD", message: /more lists, objects and members/ },
    );
    await one.complete();
    await run.finalize();
    const trace = await (await openRun(run.path)).instance(one.instance_id);
    const { body: moved, ...rest } = trace.steps[0]!.observation;
    assert.deepEqual(rest, { note: observation.note, few: observation.few });
    const { $artifact } = moved as { $artifact: string };
    const file = trace.artifacts.find(({ path }) => path === $artifact)!;
    assert.equal((await file.json() as unknown[]).length, body.length);
  }));

test("queueBytesMax bounds what waits", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir, { limits: { queueBytesMax: 1000 } });
    const one = run.startInstance({ scenario_id: "s" });
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, () => one.step(ACTION)),
    );
    const codes = results.map((r) =>
      r.status === "rejected" ? r.reason.code : "kept"
    );
    assert(codes.includes("kept") && codes.includes("QUEUE_FULL"));
    await one.artifact("large.bin", new Uint8Array(5000));
    await one.step(ACTION);
    await run.finalize();
  }));

test("queueBytesMax bounds lines that waited for their files, too", () =>
  withTempDir(async (dir) => {
    const most = 10_000;
    const fs = await runtimeFileSystem();
    const disk = Promise.withResolvers<void>();
    const run = await aRun(dir, {
      limits: { queueBytesMax: most },
      fs: {
        ...fs,
        async open(path, mode, permissions) {
          const handle = await fs.open(path, mode, permissions);
          if (!path.endsWith("steps.jsonl")) return handle;
          return {
            ...handle,
            write: (bytes) => disk.promise.then(() => handle.write(bytes)),
          };
        },
      },
    });
    const one = run.startInstance({ scenario_id: "s" });
    const steps: Promise<unknown>[] = [];
    try {
      for (let n = 0; n < 100; n++) {
        const step = one.step({ ...ACTION, request: n });
        steps.push(step);
        step.catch(() => {}); // Looked at below.
        // When it is written, the line of the step is in the queue.
        await one.artifact(`${n}.txt`, "");
        assert(run.stats.queuedBytes <= most, `${run.stats.queuedBytes}`);
      }
    } finally {
      disk.resolve();
    }
    const results = await Promise.allSettled(steps);
    for (const result of results) {
      if (result.status === "rejected") {
        assert.equal(result.reason.code, "QUEUE_FULL");
      }
    }
    const kept = results.filter(({ status }) => status === "fulfilled").length;
    assert(kept > 0 && kept < steps.length, `${kept} were kept`);
    await one.step({ ...ACTION, request: "there is room again" });
    await one.complete();
    assert.equal((await run.finalize()).total_steps, kept + 1);
  }));

test("createRun() refuses bad limits, and creates nothing", () =>
  withTempDir(async (dir) => {
    const bad: unknown[] = [
      null,
      5,
      { recordBytes: 5 },
      { recordBytesMax: 0 },
      { recordBytesMax: -1 },
      { recordBytesMax: 1.5 },
      { recordBytesMax: NaN },
      { recordBytesMax: Infinity },
      { recordBytesMax: "5" },
      { recordBytesMax: 2 ** 24 + 1 },
      { queueBytesMax: 0 },
    ];
    for (const limits of bad) {
      await assert.rejects(
        aRun(dir, { limits: limits as RunLimits }),
        { code: "INVALID_OPTION" },
      );
    }
    assert.deepEqual(await readdir(dir), []);
  }));
