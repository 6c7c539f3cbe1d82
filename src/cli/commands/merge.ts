/**
 * `wta merge`: makes one run of its shards.
 *
 * @module
 */
import { mergeRuns } from "../../../mod.ts";
import { commandLine, dirOptions } from "../advice.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { findRun } from "../find_run.ts";
import { pluralize } from "../terminal/format.ts";
import { dim, green, yellow } from "../terminal/text.ts";

const SHARDS_SHOWN = 20;

/** `wta merge <run>…` */
export const merge: Command = {
  name: "merge",
  positionals: ["<run>…"],
  about: "Makes one run of several that shared the work",
  examples: [
    "wta merge nightly.shard-1-of-2 nightly.shard-2-of-2",
  ],
  details: `
Takes the runs of shards, completed, interrupted or recovered, and leaves them
as they are. The new run stands beside the first of them. Artifact files are
linked where the file system can do so, and copied elsewhere.
`,
  options: {
    "run-id": {
      value: "id",
      about: "id of the new run (default: that of the shards)",
    },
    "allow-missing": {
      about: "merge what there is where shards are missing",
    },
  },

  async run(args, { out, progress, dir }) {
    const paths: string[] = [];
    for (const name of args.positionals) {
      paths.push((await findRun(name, dir)).path);
    }
    const run_id = args.text("run-id");
    const { path, summary, missingShards, artifacts } = await progress.during(
      "merging",
      undefined,
      () =>
        mergeRuns(paths, {
          ...(run_id !== undefined && { run_id }),
          allowMissing: args.flag("allow-missing"),
        }),
    );
    out.line([
      green(path),
      `  ${summary.status}, of ${pluralize(paths.length, "runs")}`,
    ]);
    out.line([
      pluralize(summary.total_instances, "instances"),
      pluralize(summary.total_steps, "steps"),
      pluralize(summary.total_assertions, "assertions"),
      pluralize(artifacts.linked + artifacts.copied, "artifact files"),
    ].join(", "));
    if (missingShards.length > 0) {
      const numbers = missingShards.slice(0, SHARDS_SHOWN).join(", ");
      const more = missingShards.length > SHARDS_SHOWN ? ", …" : "";
      out.line(
        yellow(
          `${
            pluralize(missingShards.length, "shards")
          } missing: ${numbers}${more}`,
        ),
      );
    }
    if (summary.incomplete_count > 0) {
      out.line(
        yellow(
          `${pluralize(summary.incomplete_count, "instances")} never completed`,
        ),
      );
    }
    out.line();
    out.line([dim("show  "), commandLine("show", path, ...dirOptions(dir))]);
    return EXIT.good;
  },
};
