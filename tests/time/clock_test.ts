/** The real clock and the real timers, behind the fakes of tests. */
import assert from "node:assert/strict";
import FakeTimers from "@sinonjs/fake-timers";
import { mock, test } from "node:test";
import { type Clock, clock } from "../../src/time/clock.ts";
import { sleep, timers } from "../../src/time/timers.ts";

const RealDate = Date;

/** What tests put in place of the clock; each returns how it is taken away. */
const FAKES: Record<string, () => () => void> = {
  "sinon, Vitest and Jest": () => {
    const fake = FakeTimers.install({ now: 0, toNotFake: ["nextTick"] });
    return () => fake.uninstall();
  },
  "node:test": () => {
    mock.timers.enable({ apis: ["Date"], now: 0 });
    return () => mock.timers.reset();
  },
  "a class that extends Date": () => {
    globalThis.Date = class extends RealDate {
      constructor() {
        super(0);
      }
      static override now = () => 0;
    } as DateConstructor;
    return () => globalThis.Date = RealDate;
  },
  "a proxy of Date": () => {
    globalThis.Date = new Proxy(RealDate, {
      construct: () => new RealDate(0),
      get: (target, name) =>
        name === "now" ? () => 0 : Reflect.get(target, name),
    });
    return () => globalThis.Date = RealDate;
  },
  "spies": () => {
    const date = mock.method(Date, "now", () => 0);
    const stopwatch = mock.method(performance, "now", () => 0);
    return () => [date, stopwatch].forEach(({ mock }) => mock.restore());
  },
};

function assertReal({ nowMs, monotonicMs }: Clock): void {
  const beforeMs = new RealDate().getTime();
  const startMs = monotonicMs();
  // Until both have moved: a fake never does.
  for (let i = 0; i < 1e8 && monotonicMs() === startMs; i++);
  while (new RealDate().getTime() <= beforeMs);
  const elapsedMs = monotonicMs() - startMs;
  assert.ok(elapsedMs > 0 && elapsedMs < 60_000, `${elapsedMs} ms`);
  assert.ok(nowMs() > beforeMs && nowMs() < beforeMs + 60_000, `${nowMs()}`);
}

for (const [i, [name, install]] of Object.entries(FAKES).entries()) {
  test(`clock is the real one behind fakes: ${name}`, async () => {
    const uninstall = install();
    try {
      assert.equal(Date.now(), 0);
      assertReal(clock);
      // As where the library is first imported now.
      const fresh: { clock: Clock } = await import(
        `../../src/time/clock.ts?${i}`
      );
      assert.notEqual(fresh.clock, clock);
      assertReal(fresh.clock);
    } finally {
      uninstall();
    }
  });
}

test("sleep() waits and timers fire behind fake timers, also installed before the import", async () => {
  const fake = FakeTimers.install({ toNotFake: ["nextTick"] });
  try {
    await sleep(1);
    const fresh: { timers: typeof timers } = await import(
      "../../src/time/timers.ts?" + 1
    );
    assert.notEqual(fresh.timers, timers);
    await new Promise<void>((resolve) =>
      void fresh.timers.setTimeout(resolve, 1)
    );
  } finally {
    fake.uninstall();
  }
});
