/**
 * `wta recover`: repairs a crashed run.
 *
 * @module
 */
import { recoverRun } from "../../../mod.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { findRun } from "../find_run.ts";
import { formatBytes, pluralize } from "../terminal/format.ts";
import { commandLine, dirOptions } from "../advice.ts";
import { dim, green, red, yellow } from "../terminal/text.ts";

const INSTANCES_SHOWN = 10;

/** `wta recover <run>` */
export const recover: Command = {
  name: "recover",
  positionals: ["<run>"],
  about: "Repairs a crashed run; deletes nothing",
  examples: [
    "wta recover run_crashed",
  ],
  details: `
Moves incomplete and damaged lines into files of their own next to the run, and
writes the summary, with the status "interrupted". It refuses where completed
instances would lose records. Can be called again, also after it was
stopped half-way.
`,
  options: {
    "take-over": {
      about: "even if the writer may still be running",
    },
    "set-aside": {
      about: "even if completed instances lose damaged records",
    },
  },

  async run(args, { out, progress, dir }) {
    const { path, name } = await findRun(args.positional(0), dir);
    const report = await progress.during(
      "recovering",
      undefined,
      () =>
        recoverRun(path, {
          takeOver: args.flag("take-over"),
          setAside: args.flag("set-aside"),
        }),
    );
    const { summary, tornTails, damage, instancesInFlight } = report;
    if (report.alreadyFinalized) {
      out.line(`${report.run_id} is finalized: nothing to repair`);
      return EXIT.good;
    }
    out.line(
      green(`${report.run_id} is repaired, with the status "interrupted"`),
    );
    out.line(
      [
        pluralize(summary.total_instances, "instances"),
        pluralize(summary.total_steps, "steps"),
        pluralize(summary.total_assertions, "assertions"),
      ].join(", "),
    );
    for (const { file, bytes: size, savedAs } of tornTails) {
      out.line(
        yellow(`${formatBytes(size)} of an incomplete line cut off ${file}`),
      );
      out.line(dim(`saved as ${savedAs}`));
    }
    for (const { file, line, bytes: size, instanceIds, savedAs } of damage) {
      out.line(
        yellow(`${formatBytes(size)} from line ${line} on cut off ${file}`),
      );
      out.line(dim(`saved as ${savedAs}`));
      if (instanceIds.length > 0) {
        out.line(red(`records lost of ${listed(instanceIds)}`));
      }
    }
    if (instancesInFlight.length > 0) {
      out.line(
        `${pluralize(instancesInFlight.length, "instances")} never completed: ${
          listed(instancesInFlight.map(({ instance_id }) => instance_id))
        }`,
      );
    }
    out.line();
    out.line([dim("show  "), commandLine("show", name, ...dirOptions(dir))]);
    return EXIT.good;
  },
};

function listed(instanceIds: readonly string[]): string {
  const shown = instanceIds.slice(0, INSTANCES_SHOWN).join(", ");
  return instanceIds.length > INSTANCES_SHOWN ? `${shown}, …` : shown;
}
