/**
 * One failed instance, replayed twice: against the service as it was, and
 * against one in which the faults are fixed.
 *
 * @module
 */
import {
  httpExecutor,
  type JsonValue,
  openRun,
  type ReplayedStep,
  replayInstance,
  type ReplayVerdict,
} from "../../mod.ts";
import { type DemoOptions, startDemoService } from "./demo.ts";
import { findFailures, mostTelling } from "./failures.ts";
import { type Service, startService } from "./service.ts";
import { printable, type Style } from "./terminal.ts";

/** What {@linkcode replayFailure} did. */
export interface FailureReplay {
  /** What to print. */
  text: string;
  /** Whether the failure came again, and went away once it was fixed. */
  as_expected: boolean;
}

/** Replays the failed instance that the report tells of. */
export async function replayFailure(
  path: string,
  { seed, instances }: DemoOptions,
  style: Style,
): Promise<FailureReplay> {
  const failure = mostTelling(await findFailures(await openRun(path)));
  if (!failure) {
    return { text: "Nothing failed: nothing to replay\n", as_expected: true };
  }
  const { instance_id } = failure.instance;
  const against = async (what: string, service: Service) => {
    try {
      return await tellReplay(path, instance_id, what, service, style);
    } finally {
      await service.close();
    }
  };
  const same = await against(
    "the service as it was",
    await startDemoService(seed, instances),
  );
  const fixed = await against(
    "a fixed service",
    await startService(seed, new Map()),
  );
  return {
    text: `${same.text}\n${fixed.text}`,
    as_expected: same.verdict.matches && fixed.verdict.steps_different > 0,
  };
}

async function tellReplay(
  path: string,
  instance_id: string,
  what: string,
  { base_url }: Service,
  style: Style,
): Promise<{ text: string; verdict: ReplayVerdict }> {
  const lines = [
    style.bold(printable(`Replay of ${instance_id} against ${what}`)),
  ];
  const replay = replayInstance(
    await openRun(path),
    instance_id,
    httpExecutor({ base_url }),
  );
  for await (const step of replay) lines.push(...tellStep(step, style));
  const verdict = await replay.verdict();
  const { matches, reason, steps_replayed, compared_count, ignored_count } =
    verdict;
  const numbers =
    `${steps_replayed} steps, ${compared_count} values compared, ` +
    `${ignored_count} ignored`;
  lines.push(
    matches
      ? `  ${style.red("the same failure")}: ${numbers}`
      : `  ${style.green("it does something else")}: ${reason}; ${numbers}`,
  );
  return { text: lines.join("\n") + "\n", verdict };
}

function tellStep(step: ReplayedStep, style: Style): string[] {
  const { recorded, actual, differences, error } = step;
  const sign = step.differences_count === 0 ? "=" : "≠";
  const status = error ?? String(actual?.status_code ?? "no answer");
  const name = recorded.step_name.padEnd(12);
  return [
    `  ${sign} ${recorded.step_index + 1} ${printable(name)}  ${
      printable(status)
    }`,
    ...differences.map(({ path, recorded, actual }) =>
      `      ${printable(path)}: recorded ${shown(recorded)}, now ${
        style.bold(shown(actual))
      }`
    ),
  ];
}

function shown(value: JsonValue | undefined): string {
  return value === undefined ? "nothing" : printable(JSON.stringify(value), 80);
}
