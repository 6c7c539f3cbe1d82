/**
 * `wta follow`: a run while it is being written.
 *
 * @module
 */
import {
  assertionReason,
  errorText,
  type FollowedRecord,
  instanceVerdict,
  LiveTotals,
  openRun,
  type RunReader,
  type RunTotals,
} from "../../../mod.ts";
import type { Command } from "../command.ts";
import { FAIL_ON, failOnCode, failOnOf } from "../fail_on.ts";
import { findRun } from "../find_run.ts";
import {
  formatDuration,
  formatInteger,
  pluralize,
} from "../terminal/format.ts";
import { verdictText } from "../instance_view.ts";
import { stateOf } from "../run_header.ts";
import { commandLine, dirOptions } from "../advice.ts";
import { dim, red, type Text } from "../terminal/text.ts";

/** How often the command checks that the writer still runs. */
const WRITER_CHECK_MS = 1000;
/** Maximum number of failed assertions kept until their instances complete. */
const REASONS_MAX = 10_000;

/** `wta follow <run>` */
export const follow: Command = {
  name: "follow",
  positionals: ["<run>"],
  about: "A live run: each instance as it completes",
  examples: [
    "wta follow latest --fail-on failures",
  ],
  details: `
Ends when the run is finalized, when its writer has crashed, or with Ctrl-C.
`,
  options: {
    json: { about: "one line of JSON for each record, with its kind" },
    ...FAIL_ON,
  },

  async run(args, { out, progress, dir }) {
    const failOn = failOnOf(args);
    const asJson = args.flag("json");
    const { path, name } = await findRun(args.positional(0), dir);
    const run = await openRun(path);
    const live = new LiveTotals(run.manifest.scenario_ids);
    const lines = new InstanceLines();
    const writer = new WriterWatch(path);
    const label = () => progressOf(live.current());
    await progress.during(label, undefined, async () => {
      try {
        for await (const event of run.follow({ signal: writer.gone })) {
          live.add(event);
          const line = lines.lineFor(event);
          if (asJson) out.json(event);
          else if (line) out.cutLine(line);
          // The next record may take long, so this one is shown now.
          await out.flush();
        }
      } finally {
        writer.close();
      }
    });
    const totals = live.current();
    const ended = await openRun(path);
    if (!asJson) {
      out.line();
      out.line([
        ended.run_id,
        "  ",
        stateOf(ended),
        "  ",
        progressOf(live.current()),
      ]);
      const sameDir = dirOptions(dir);
      out.line(
        ended.summary || ended.state === "running"
          ? [dim("show  "), commandLine("show", name, ...sameDir)]
          : [dim("recover  "), commandLine("recover", name, ...sameDir)],
      );
    }
    return failOnCode(failOn, ended, totals);
  },
};

/** Aborts when the writer of a run has gone without a summary. */
class WriterWatch {
  readonly #gone = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #missed = 0;

  constructor(path: string) {
    this.#timer = setInterval(() => {
      openRun(path).then(
        (run) => this.#check(run),
        () => {}, // The reader of the records gets the same error and reports it.
      );
    }, WRITER_CHECK_MS);
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Aborts at the second miss: until then the last records are read. */
  #check({ state, summary }: RunReader): void {
    this.#missed = summary || state === "running" ? 0 : this.#missed + 1;
    if (this.#missed === 2) this.#gone.abort();
  }
}

/** Formats each instance that completes, with what failed first in it. */
class InstanceLines {
  readonly #reasons = new Map<string, string>();

  lineFor({ kind, record }: FollowedRecord): Text | undefined {
    if (kind === "assertion" && !record.passed) {
      const { instance_id } = record;
      if (
        this.#reasons.size < REASONS_MAX && !this.#reasons.has(instance_id)
      ) {
        this.#reasons.set(
          instance_id,
          `${record.assertion_name}: ${assertionReason(record)}`,
        );
      }
    }
    if (kind !== "instance") return undefined;
    const { instance_id, scenario_id, duration_ms, error } = record;
    const reason = error
      ? errorText(error)
      : this.#reasons.get(instance_id) ?? "";
    this.#reasons.delete(instance_id);
    const verdict = instanceVerdict(record);
    return [
      dim(record.completed_at.slice(11, 23)),
      `  ${instance_id}  `,
      [verdictText(verdict), " ".repeat("passed".length - verdict.length)],
      `  ${scenario_id}  ${formatDuration(duration_ms)}`,
      reason === "" ? "" : ["  ", red(reason)],
    ];
  }
}

function progressOf(
  { total_instances, fail_count, total_steps }: RunTotals,
): Text {
  const failed = `${formatInteger(fail_count)} failed`;
  return [
    `${pluralize(total_instances, "instances")}, `,
    fail_count > 0 ? red(failed) : failed,
    dim(`, ${pluralize(total_steps, "steps")}`),
  ];
}
