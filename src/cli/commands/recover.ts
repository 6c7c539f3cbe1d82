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
import { dim, green, yellow } from "../terminal/text.ts";

const IN_FLIGHT_SHOWN = 10;

/** `wta recover <run>` */
export const recover: Command = {
  name: "recover",
  positionals: ["<run>"],
  about: "Repairs a crashed run; deletes nothing",
  details: `
Moves incomplete lines into files of their own next to the run, and writes the
summary, with the status "interrupted". Can be called again, also after it was
stopped half-way.
`,
  options: {
    "take-over": {
      about: "even if the writer may still be running",
    },
  },

  async run(args, { out, progress, dir }) {
    const { path, name } = await findRun(args.positional(0), dir);
    const report = await progress.during(
      "recovering",
      undefined,
      () => recoverRun(path, { takeOver: args.flag("take-over") }),
    );
    const { summary, tornTails, instancesInFlight } = report;
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
    if (instancesInFlight.length > 0) {
      const shown = instancesInFlight.slice(0, IN_FLIGHT_SHOWN).join(", ");
      const more = instancesInFlight.length > IN_FLIGHT_SHOWN ? ", …" : "";
      out.line(
        `${
          pluralize(instancesInFlight.length, "instances")
        } never completed: ${shown}${more}`,
      );
    }
    out.line();
    out.line([dim("show  "), commandLine("show", name, ...dirOptions(dir))]);
    return EXIT.good;
  },
};
