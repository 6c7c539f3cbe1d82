/**
 * `wta links`: what flows from the answers of an instance into its requests.
 *
 * @module
 */
import { instanceLinks, openRun } from "../../../mod.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { withSuggestion } from "../find_instance.ts";
import { findRun } from "../find_run.ts";
import { linksTitle, writeLinks } from "../links_view.ts";
import { readRules } from "../replay_rules.ts";
import { bold } from "../terminal/text.ts";

/** `wta links <run> <id>` */
export const links: Command = {
  name: "links",
  positionals: ["<run>", "<id>"],
  about: "What flows from answers into later requests",
  examples: [
    "wta links latest inst_004",
  ],
  options: {
    rules: {
      value: "file",
      about: "JSON file with links to add or forbid: docs/replay.md",
    },
  },

  async run(args, { out, progress, dir }) {
    const id = args.positional(1);
    const rules = await readRules(args.text("rules"));
    const run = await openRun((await findRun(args.positional(0), dir)).path);
    const { found, steps } = await progress.during(
      "reading",
      undefined,
      () =>
        withSuggestion(run, id, async () => ({
          found: await instanceLinks(run, id, rules.links),
          steps: (await run.instance(id)).steps,
        })),
    );
    out.line([bold(id), ` of ${run.run_id}  ${linksTitle(found)}`]);
    writeLinks(out, found, steps, true);
    return EXIT.good;
  },
};
