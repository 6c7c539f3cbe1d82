/**
 * `wta export`: one instance as a run of its own.
 *
 * @module
 */
import { exportInstance } from "../../transfer/mod.ts";
import { openRun } from "../../read/mod.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { reportedInstance } from "../find_instance.ts";
import { findRun } from "../find_run.ts";
import { formatBytes } from "../terminal/format.ts";
import { sizeOf } from "../run_size.ts";
import { commandLine } from "../shell.ts";
import { dim, green } from "../terminal/text.ts";

/** `wta export <run> <id> <dir>` */
export const exportCommand: Command = {
  name: "export",
  positionals: ["<run>", "<id>", "<dir>"],
  about: "One instance as a run of its own, for a bug report",
  options: {},

  async run(args, { out, progress, dir }) {
    const [id, target] = [args.positional(1), args.positional(2)];
    const run = await openRun((await findRun(args.positional(0), dir)).path);
    const path = await progress.during(
      "exporting",
      undefined,
      () => reportedInstance(run, id, () => exportInstance(run, id, target)),
    );
    out.line([green(path), `  ${formatBytes(await sizeOf(path))}`]);
    out.line([dim("look  "), commandLine("instance", path, id)]);
    return EXIT.good;
  },
};
