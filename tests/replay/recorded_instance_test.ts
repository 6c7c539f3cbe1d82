import assert from "node:assert/strict";
import { test } from "node:test";
import { instanceTimeline, openRun, replayInstance } from "../../mod.ts";
import { writeTimeline } from "../../src/cli/instance_view.ts";
import { Screen } from "../../src/cli/terminal/screen.ts";
import { Captured } from "../cli/transcript.ts";
import { recordRun } from "../support/run_builder.ts";
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
    const indexes = Array.from({ length: steps }, (_, i) => i);
    const path = await recordRun(dir, [{
      steps: indexes.map((request) => ({ request, observation: { ok: true } })),
      assertions: indexes.map((step_index) => ({ step_index })),
    }]);
    const past = await openRun(path);
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
    await writeTimeline(
      new Screen(new Captured(), {}, false),
      instanceTimeline(trace),
      { full: true },
    );
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
