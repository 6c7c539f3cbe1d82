/**
 * A run as a test runner would record it: many instances at once, some calls
 * awaited and some not, through the public API alone.
 */
import type { Durability, InstanceWriter, JsonValue } from "../../mod.ts";
import { direct } from "./direct_records.ts";
import type { Entry, ExpectedFile, Ledger } from "./ledger.ts";
import type { Random } from "./random.ts";
import {
  type Library,
  pause,
  RUN_ID,
  RUNS_DIR,
  type Scene,
  type Size,
  text,
} from "./scene.ts";
import type { SimDisk } from "./sim_disk.ts";

/** Records a run to its end, or until the process dies. */
export async function runWorkload(
  library: Library,
  disk: SimDisk,
  ledger: Ledger,
  durability: Durability,
  random: Random,
  size: Size,
): Promise<void> {
  const run = await ledger.reach(ledger.created, async () => {
    const run = await library.createRun({
      dir: RUNS_DIR,
      run_id: RUN_ID,
      sut_name: "shop",
      scenario_ids: ["checkout", "zurück"],
      seed: 42,
      nonce: "0af7651916cd43dd8448eb211c80319c",
      config: { text: "日本語 🚀" },
      durability,
      fs: disk,
    });
    ledger.created.value = run.manifest;
    return run;
  });
  if (!run) return;
  ledger.created.value = run.manifest;
  const scene: Scene = { run, ledger, random, size };
  const pending: Promise<void>[] = [];
  const producers = Array.from(
    { length: size.producers },
    (_, number) => produce(scene, number, pending),
  );
  producers.push(direct(scene, pending));
  await Promise.all(producers);
  // Sometimes finalize comes while appends are still under way.
  if (random.chance(0.5)) await Promise.all(pending);
  await ledger.reach(ledger.finalized, () => run.finalize());
  await Promise.all(pending);
  ledger.lastError = await run.appendStep(null as never).catch((e) => e);
}

async function produce(
  scene: Scene,
  number: number,
  pending: Promise<void>[],
): Promise<void> {
  const { run, ledger, random, size } = scene;
  for (let i = 0; i < size.instancesPerProducer; i++) {
    await pause(random);
    const input = {
      scenario_id: random.pick(["checkout", "zurück"]),
      entry_data: { user: text(scene) },
    };
    let instance: InstanceWriter;
    try {
      instance = run.startInstance(input);
    } catch {
      return; // The run has failed: the last append says how.
    }
    const { instance_id } = instance;
    ledger.start({ ...input, instance_id });
    // Every other producer writes files, so that the rest appends directly.
    await record(scene, instance, input, number % 2 === 0, pending);
  }
  await pause(random);
}

async function record(
  scene: Scene,
  instance: InstanceWriter,
  input: { scenario_id: string; entry_data: { user: string } },
  withFiles: boolean,
  pending: Promise<void>[],
): Promise<void> {
  const { run, ledger, random, size } = scene;
  const { instance_id, correlation_id } = instance;
  const ids = { instance_id, run_id: run.run_id, correlation_id };
  const timestamp = "2024-01-15T12:00:00.000Z";
  let failed = false;
  const settle = async (done: Promise<void>) => {
    pending.push(done);
    if (random.chance(0.5)) await done;
    else await pause(random);
  };
  const entry = (
    kind: Entry["kind"],
    key: string,
    expected: Entry["expected"],
    files: ExpectedFile[] = [],
  ) => ({
    kind,
    key,
    instance_id,
    direct: !withFiles,
    expected: { ...ids, ...expected },
    files,
    streamed: false,
  });
  const steps = 1 + random.below(size.stepsMax);
  for (let step_index = 0; step_index < steps; step_index++) {
    const step_name = `${instance_id} step ${step_index}`;
    const observation = { ok: true, latency_ms: 5, body: text(scene) };
    const values: { request?: JsonValue; response?: JsonValue } = {};
    if (withFiles && random.chance(0.7)) values.request = { q: text(scene) };
    if (withFiles && random.chance(0.4)) values.response = [text(scene)];
    const files = stepFiles(instance_id, step_index, values);
    const given = { step_name, step_type: "http", timestamp, observation };
    const artifacts = files.map(({ path }) => path);
    await settle(ledger.record(
      entry("step", step_name, { ...given, step_index, artifacts }, files),
      () => instance.step({ ...given, ...values }),
    ));
    if (random.chance(0.6)) {
      const assertion_name = `${instance_id} assertion ${step_index}`;
      const passed = random.chance(0.8);
      if (!passed) failed = true;
      const given = { assertion_name, passed, actual: text(scene), timestamp };
      await settle(ledger.record(
        entry("assertion", assertion_name, { ...given, step_index }),
        () => instance.assertion(given),
      ));
    }
    if (withFiles && random.chance(0.3)) {
      const name = `page_${step_index}.txt`;
      const content = text(scene).toWellFormed();
      const path = `artifacts/${instance_id}/${name}`;
      await settle(ledger.record(
        entry("artifact", path, {}, [{ path, content }]),
        () => instance.artifact(name, content),
      ));
    }
  }
  const error = random.chance(0.2) ? text(scene) : null;
  await settle(ledger.record(
    entry("instance", instance_id, {
      ...input,
      passed: error === null && !failed,
      error: error === null
        ? null
        : { name: "Error", message: error, stack: null, cause: null },
    }),
    () => instance.complete({ error }),
  ));
}

function stepFiles(
  instance_id: string,
  step_index: number,
  values: { request?: JsonValue; response?: JsonValue },
): ExpectedFile[] {
  const number = String(step_index + 1).padStart(3, "0");
  return (["request", "response"] as const)
    .filter((part) => values[part] !== undefined)
    .map((part) => ({
      path: `artifacts/${instance_id}/step_${number}_${part}.json`,
      content: JSON.stringify(values[part], null, 2) + "\n",
    }));
}
