/**
 * `wta recover`: a crashed run is made whole.
 *
 * @module
 */
import { recoverRun } from "../../repair/mod.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { findRun } from "../find_run.ts";
import { formatBytes, pluralize } from "../terminal/format.ts";
import { commandLine, sameDir } from "../shell.ts";
import { dim, green, yellow } from "../terminal/text.ts";

const IN_FLIGHT_SHOWN = 10;

/** `wta recover <run>` */
export const recover: Command = {
  name: "recover",
  positionals: ["<run>"],
  about: "Makes a crashed run whole; deletes nothing",
  details: `
Torn bytes go into a file next to the run, and its summary is written, as that
of an interrupted run. Calling it again changes nothing; ending it half-way does
no harm.
`,
  options: {},

  async run(args, { out, progress, dir }) {
    const { path, name } = await findRun(args.positional(0), dir);
    const report = await progress.during(
      "recovering",
      undefined,
      () => recoverRun(path),
    );
    const { summary, tornTails, instancesInFlight } = report;
    if (report.alreadyFinalized) {
      out.line(`${report.run_id} is whole: there was nothing to do`);
      return EXIT.good;
    }
    out.line(green(`${report.run_id} is whole again, as interrupted`));
    out.line(
      [
        pluralize(summary.total_instances, "instances"),
        pluralize(summary.total_steps, "steps"),
        pluralize(summary.total_assertions, "assertions"),
      ].join(", "),
    );
    for (const { file, bytes: size, savedAs } of tornTails) {
      out.line(yellow(`${formatBytes(size)} torn off ${file}`));
      out.line(dim(`kept as ${savedAs}`));
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
    out.line([dim("look  "), commandLine("show", name, ...sameDir(dir))]);
    return EXIT.good;
  },
};
