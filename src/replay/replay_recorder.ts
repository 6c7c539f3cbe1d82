/**
 * Records replays as instances of a run of their own.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import type { InstanceRecord } from "../format/records.ts";
import { compactJson } from "../json/preview.ts";
import type { JsonObject, JsonValue } from "../json/value.ts";
import type { InstanceWriter, RunWriter } from "../record/mod.ts";
import { withoutSecretsOf } from "./given_secrets.ts";
import type { ReplayedStep, ReplayVerdict } from "./verdict.ts";

const DIFFERENCES_SHOWN = 3;

/** @throws {ArtifactError} `INVALID_OPTION` where the run is not for that. */
export function assertReplayRun(into: RunWriter, run_id: string): void {
  if (into.manifest.config["replay_of"] === run_id) return;
  throw new ArtifactError(
    "INVALID_OPTION",
    `Cannot record the replay of run "${run_id}" into run "${into.run_id}": create it with config: { replay_of: ${
      JSON.stringify(run_id)
    } }`,
    { path: "into" },
  );
}

/** Records the replay of one instance under its id. */
export class ReplayRecorder {
  readonly #writer: InstanceWriter;

  /** Starts the instance, with what the recorded one was started with. */
  constructor(into: RunWriter, recorded: InstanceRecord) {
    const { instance_id, scenario_id, instance_key, entry_data } = recorded;
    this.#writer = into.startInstance({
      instance_id,
      scenario_id,
      instance_key,
      entry_data: withoutSecretsOf(entry_data, entry_data) as object,
    });
  }

  /** Records a step, and whether it was as recorded. */
  async step(step: ReplayedStep): Promise<void> {
    const { recorded, actual, error, skipped, sent } = step;
    const observation = actual
      ? withoutSecretsOf(recorded.observation, actual) as JsonObject
      : skipped
      ? { errors: [{ message: error }] }
      : { ok: false, errors: [{ message: error }] };
    const { step_name, step_type } = recorded;
    const handle = await this.#writer.step({
      step_name,
      step_type,
      observation,
      request: sent,
    });
    if (skipped) return;
    const passed = step.differencesCount === 0;
    await handle.assertion({
      assertion_name: "matches the recording",
      passed,
      message: passed ? "" : differencesText(step),
    });
  }

  /** Completes the instance. */
  async complete({ matches, reason }: ReplayVerdict): Promise<void> {
    if (reason !== null) {
      await this.#writer.assertion({
        assertion_name: "the replay matches",
        passed: matches,
        message: reason,
        step_index: null,
      });
    }
    await this.#writer.complete({ passed: matches });
  }

  /** Completes an instance that could not be replayed: it has no verdict. */
  async skip(error: ArtifactError): Promise<void> {
    const { code: name, message } = error;
    await this.#writer.complete({ passed: null, error: { name, message } });
  }
}

/** The first differences, without the values that may hold secrets. */
function differencesText(step: ReplayedStep): string {
  const { differences, differencesCount, error, recorded } = step;
  if (error !== null) return error;
  const shown = differences.slice(0, DIFFERENCES_SHOWN).map((difference) => {
    const { path } = difference;
    const values = [difference.recorded, difference.actual].map((value) =>
      isPlain(value) ? shownValue(value) : "a value"
    );
    return `${path}: recorded ${values[0]}, now ${values[1]}`;
  });
  const more = differencesCount - shown.length;
  if (more > 0) shown.push(`and ${more} more`);
  return shown.join("; ") || `${recorded.step_name} differs`;
}

/** Whether a value can hold no secret in a place that only a rule names. */
function isPlain(value: JsonValue | undefined): boolean {
  return typeof value !== "object" || value === null;
}

function shownValue(value: JsonValue | undefined): string {
  return value === undefined ? "nothing" : compactJson(value).slice(0, 100);
}
