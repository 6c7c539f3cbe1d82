import assert from "node:assert/strict";
import { test } from "node:test";
import { InFlightCollector } from "../../src/analyze/in_flight.ts";
import { InstanceIds } from "../../src/format/instance_ids.ts";
import { step } from "../support/samples.ts";

test("InFlightCollector counts each instance once, and none that completed", () => {
  const completed = new InstanceIds();
  completed.add("inst_001");
  const collector = new InFlightCollector(completed);
  for (const instance_id of ["inst_001", "inst_002", "own", "inst_002"]) {
    collector.addRecord({ instance_id });
  }
  const { total, instances } = collector.inFlight();
  assert.equal(total, 2);
  assert.deepEqual(
    instances.map(({ instance_id }) => instance_id),
    ["inst_002", "own"],
  );
});

test("InFlightCollector keeps the last step by its index, not by its line", () => {
  const collector = new InFlightCollector(new InstanceIds());
  for (const step_index of [0, 2, 1]) {
    collector.addStep({ ...step, instance_id: "inst_001", step_index });
  }
  const [{ lastStep, start }] = collector.inFlight().instances as [
    ReturnType<InFlightCollector["inFlight"]>["instances"][number],
  ];
  assert.equal(lastStep!.step_index, 2);
  assert.equal(start, null);
});
