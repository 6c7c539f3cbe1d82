/**
 * `wta follow`: a run while it goes on.
 *
 * @module
 */
import { errorText } from "../../format/records.ts";
import {
  type FollowedRecord,
  openRun,
  type RunReader,
} from "../../read/mod.ts";
import { Tally } from "../../format/tally.ts";
import { isFailed, reasonOf } from "../../analyze/internal.ts";
import type { Command } from "../command.ts";
import { FAIL_ON, failOnCode, failOnOf } from "../fail_on.ts";
import { findRun } from "../find_run.ts";
import {
  formatDuration,
  formatInteger,
  pluralize,
} from "../terminal/format.ts";
import { stateOf } from "../run_header.ts";
import { commandLine, sameDir } from "../shell.ts";
import { dim, green, red, type Text, yellow } from "../terminal/text.ts";

/** How often it is asked whether the writer is still there. */
const WRITER_CHECK_MS = 1000;
/** Broken assertions that are kept until their instance completes. */
const REASONS_MAX = 10_000;

/** `wta follow <run>` */
export const follow: Command = {
  name: "follow",
  positionals: ["<run>"],
  about: "A run while it goes on: each instance as it completes",
  details: `
Ends when the run is finalized, when its writer has gone, or with Ctrl-C.
`,
  options: {
    json: { about: "every record as a line of JSON, with its kind" },
    ...FAIL_ON,
  },

  async run(args, { out, progress, dir }) {
    const failOn = failOnOf(args);
    const asJson = args.flag("json");
    const { path, name } = await findRun(args.positional(0), dir);
    const run = await openRun(path);
    const tally = new Tally(run.manifest.scenario_ids);
    const lines = new InstanceLines();
    const writer = new WriterWatch(path);
    const label = () => progressOf(tally);
    await progress.during(label, undefined, async () => {
      try {
        for await (const event of run.follow({ signal: writer.gone })) {
          add(tally, event);
          const line = lines.take(event);
          if (asJson) out.json(event);
          else if (line) out.cutLine(line);
          // What is there is shown, though more may be long in coming.
          await out.flush();
        }
      } finally {
        writer.close();
      }
    });
    const totals = tally.totals();
    const ended = await openRun(path);
    if (!asJson) {
      out.line();
      out.line([ended.run_id, "  ", stateOf(ended), "  ", progressOf(tally)]);
      const same = sameDir(dir);
      out.line(
        ended.summary || ended.state === "running"
          ? [dim("look  "), commandLine("show", name, ...same)]
          : [dim("close it  "), commandLine("recover", name, ...same)],
      );
    }
    return failOnCode(failOn, ended, totals);
  },
};

/** Aborts when a run has neither writer nor summary: nothing more will come. */
class WriterWatch {
  readonly #gone = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #missed = 0;

  constructor(path: string) {
    this.#timer = setInterval(() => {
      openRun(path).then(
        (run) => this.#look(run),
        () => {}, // Whoever reads the run meets the same error, and tells it.
      );
    }, WRITER_CHECK_MS);
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Twice in a row: what it wrote last was read meanwhile. */
  #look({ state, summary }: RunReader): void {
    this.#missed = summary || state === "running" ? 0 : this.#missed + 1;
    if (this.#missed === 2) this.#gone.abort();
  }
}

/** Makes a line of each instance that completes, with what broke first in it. */
class InstanceLines {
  readonly #reasons = new Map<string, string>();

  take({ kind, record }: FollowedRecord): Text | undefined {
    if (kind === "assertion" && !record.passed) {
      const { instance_id } = record;
      if (
        this.#reasons.size < REASONS_MAX && !this.#reasons.has(instance_id)
      ) {
        this.#reasons.set(
          instance_id,
          `${record.assertion_name}: ${reasonOf(record)}`,
        );
      }
    }
    if (kind !== "instance") return undefined;
    const { instance_id, scenario_id, duration_ms, passed, error } = record;
    const reason = error
      ? errorText(error)
      : this.#reasons.get(instance_id) ?? "";
    this.#reasons.delete(instance_id);
    const verdict = isFailed(record)
      ? red("failed")
      : passed
      ? green("passed")
      : yellow("none  ");
    return [
      dim(record.completed_at.slice(11, 23)),
      `  ${instance_id}  `,
      verdict,
      `  ${scenario_id}  ${formatDuration(duration_ms)}`,
      reason === "" ? "" : ["  ", red(reason)],
    ];
  }
}

function add(tally: Tally, { kind, record }: FollowedRecord): void {
  if (kind === "instance") tally.addInstance(record);
  if (kind === "step") tally.addStep(record);
  if (kind === "assertion") tally.addAssertion(record);
}

function progressOf(tally: Tally): Text {
  const { total_instances, fail_count, total_steps } = tally.totals();
  const failed = `${formatInteger(fail_count)} failed`;
  return [
    `${pluralize(total_instances, "instances")}, `,
    fail_count > 0 ? red(failed) : failed,
    dim(`, ${pluralize(total_steps, "steps")}`),
  ];
}
