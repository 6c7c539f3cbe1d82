/** A runner that keeps its own books: whole records, and a stream of them. */
import type { AssertionRecord, InstanceRecord, StepRecord } from "../../mod.ts";
import type { Entry } from "./ledger.ts";
import { pause, type Scene, text } from "./scene.ts";

const TIME = "2024-01-15T12:00:00.000Z";

/** Appends records of its own, in the order of the calls. */
export async function direct(
  scene: Scene,
  pending: Promise<void>[],
): Promise<void> {
  const { run, ledger, random, size } = scene;
  const append = async (
    kind: Entry["kind"],
    key: string,
    record: StepRecord | AssertionRecord | InstanceRecord,
    make: () => Promise<void>,
  ) => {
    const { instance_id } = record;
    const expected = { ...record };
    const done = ledger.record(
      {
        kind,
        key,
        instance_id,
        direct: true,
        expected,
        files: [],
        streamed: false,
      },
      make,
    );
    pending.push(done);
    if (random.chance(0.3)) await done;
    else await pause(random);
  };
  for (let i = 0; i < size.instancesPerProducer; i++) {
    const instance_id = `own_${i}`;
    for (let j = 0; j < size.stepsMax; j++) {
      const step = stepRecord(scene, instance_id, j);
      await append("step", step.step_name, step, () => run.appendStep(step));
      const verdict = assertionRecord(scene, instance_id, j);
      await append(
        "assertion",
        verdict.assertion_name,
        verdict,
        () => run.appendAssertion(verdict),
      );
    }
    const instance = instanceRecord(scene, instance_id);
    await append(
      "instance",
      instance_id,
      instance,
      () => run.appendInstance(instance),
    );
  }
  if (random.chance(0.5)) await streamed(scene);
}

/** Steps as a stream: each is accepted, and all are durable at its end. */
async function streamed(scene: Scene): Promise<void> {
  const { run, ledger, size } = scene;
  const writer = run.steps.getWriter();
  for (let i = 0; i < size.stepsMax; i++) {
    const step = stepRecord(scene, "streamed", i);
    await ledger.record({
      kind: "step",
      key: step.step_name,
      instance_id: "streamed",
      direct: false, // The stream appends when it is ready.
      expected: { ...step },
      files: [],
      streamed: true,
    }, () => writer.write(step));
  }
  await ledger.reach(ledger.streamClosed, () => writer.close());
}

function ids(scene: Scene, instance_id: string) {
  return {
    instance_id,
    run_id: scene.run.run_id,
    correlation_id: `correlation of ${instance_id}`,
  };
}

function stepRecord(
  scene: Scene,
  instance_id: string,
  step_index: number,
): StepRecord {
  return {
    ...ids(scene, instance_id),
    step_index,
    step_name: `${instance_id} step ${step_index}`,
    step_type: "own",
    span_id: "00f067aa0ba902b7",
    timestamp: TIME,
    observation: { body: text(scene), errors: [] },
    artifacts: [],
  };
}

function assertionRecord(
  scene: Scene,
  instance_id: string,
  step_index: number,
): AssertionRecord {
  return {
    ...ids(scene, instance_id),
    step_index,
    assertion_name: `${instance_id} assertion ${step_index}`,
    passed: scene.random.chance(0.5),
    expected: null,
    actual: [text(scene)],
    message: text(scene),
    timestamp: TIME,
  };
}

function instanceRecord(scene: Scene, instance_id: string): InstanceRecord {
  return {
    ...ids(scene, instance_id),
    scenario_id: "checkout",
    instance_key: null,
    retry_of: null,
    started_at: TIME,
    completed_at: TIME,
    duration_ms: 1.5,
    passed: null,
    entry_data: { note: text(scene) },
    error: {
      name: "Error",
      message: text(scene),
      stack: null,
      cause: null,
    },
  };
}
