import assert from "node:assert/strict";
import { test } from "node:test";
import { createRun, openRun, replayInstance } from "../../mod.ts";
import { writeStory } from "../../src/cli/instance_story.ts";
import { Screen } from "../../src/cli/terminal/screen.ts";
import { Captured } from "../cli/transcript.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** Counts how often a field of the objects of a list is read. */
function counted<T extends object>(
  list: readonly T[],
  field: keyof T,
): { list: T[]; reads: () => number } {
  let reads = 0;
  const proxies = list.map((item) =>
    new Proxy(item, {
      get(target, key) {
        if (key === field) reads++;
        const value = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    })
  );
  return { list: proxies, reads: () => reads };
}

/** What replaying and showing an instance of so many steps reads. */
async function readsFor(steps: number): Promise<Record<string, number>> {
  const reads: Record<string, number> = {};
  await withTempDir(async (dir) => {
    const run = await createRun({ dir, sut_name: "shop" });
    const one = run.startInstance({ scenario_id: "checkout" });
    for (let i = 0; i < steps; i++) {
      await one.step({
        step_name: "s",
        step_type: "call",
        request: i,
        observation: { ok: true },
      });
      await one.assertion({ assertion_name: "a", passed: true });
    }
    await one.complete();
    await run.finalize();

    const past = await openRun(run.path);
    const trace = await past.instance("inst_001");
    const files = counted(trace.artifacts, "path");
    const judged = counted(trace.assertions, "step_index");
    trace.artifacts = files.list;
    trace.assertions = judged.list;
    past.instance = () => Promise.resolve(trace);
    const { matches } = await replayInstance(
      past,
      "inst_001",
      () => ({ ok: true }),
    )
      .verdict();
    assert.equal(matches, true);
    await writeStory(new Screen(new Captured(), {}, false), trace, {
      full: true,
    });
    reads.files = files.reads();
    reads.assertions = judged.reads();
  });
  return reads;
}

test("replayInstance() and wta instance take each file and assertion a few times, whatever the number of steps", async () => {
  const [few, many] = [await readsFor(20), await readsFor(200)];
  for (const what of ["files", "assertions"]) {
    assert.ok(few[what]! >= 20, `${what} were not read at all`);
    // Quadratic work would read them 100 times as often.
    assert.equal(many[what]!, 10 * few[what]!, what);
  }
});
