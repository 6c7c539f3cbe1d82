/**
 * `wta export`: copies one instance into a run of its own.
 *
 * @module
 */
import { exportInstance, openRun } from "../../../mod.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { withSuggestion } from "../find_instance.ts";
import { findRun } from "../find_run.ts";
import { formatBytes } from "../terminal/format.ts";
import { sizeOf } from "../run_header.ts";
import { commandLine } from "../advice.ts";
import { dim, green } from "../terminal/text.ts";

/** `wta export <run> <id> <dir>` */
export const exportCommand: Command = {
  name: "export",
  positionals: ["<run>", "<id>", "<dir>"],
  about: "Copies one instance into a new run, for a bug report",
  options: {},

  async run(args, { out, progress, dir }) {
    const [id, target] = [args.positional(1), args.positional(2)];
    const run = await openRun((await findRun(args.positional(0), dir)).path);
    const path = await progress.during(
      "exporting",
      undefined,
      () => withSuggestion(run, id, () => exportInstance(run, id, target)),
    );
    out.line([
      green(path),
      `  ${formatBytes(await sizeOf(await openRun(path)))}`,
    ]);
    out.line([dim("show  "), commandLine("instance", path, id)]);
    return EXIT.good;
  },
};
