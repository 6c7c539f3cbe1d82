/**
 * `wta instance`: one instance as a story.
 *
 * @module
 */
import { openRun } from "../../read/mod.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { findInstance, reportedInstance } from "../find_instance.ts";
import { findRun } from "../find_run.ts";
import { writeStory, writeStoryHeader } from "../instance_story.ts";
import { commandLine, sameDir } from "../shell.ts";
import { dim } from "../terminal/text.ts";

/** `wta instance <run> <id>` */
export const instance: Command = {
  name: "instance",
  positionals: ["<run>", "<id>"],
  about: "One instance as a story: sent, came back, broke",
  options: {
    full: { about: "headers, bodies and steps in full" },
  },

  async run(args, { out, progress, dir }) {
    const id = args.positional(1);
    const full = args.flag("full");
    const { path, name } = await findRun(args.positional(0), dir);
    const run = await openRun(path);
    const found = await progress.during(
      "looking",
      run.summary?.total_instances,
      () => findInstance(run, id),
    );
    // What is known is shown before the long way through the steps.
    const writeHeader = () => writeStoryHeader(out, id, found, run, { full });
    if (found) writeHeader();
    await out.flush();
    const trace = await progress.during(
      "reading",
      undefined,
      () => reportedInstance(run, id, () => run.instance(id)),
    );
    if (!found) writeHeader();
    await writeStory(out, trace, { full });
    out.line();
    const { correlation_id } = found ?? trace.steps[0] ?? trace.assertions[0] ??
      {};
    if (correlation_id) {
      out.line([dim("logs    search them for "), correlation_id]);
    }
    const same = sameDir(dir);
    const next = {
      full: full ? undefined : ["instance", name, id, "--full"],
      replay: ["replay", name, id, "--base-url", "http://localhost:8080"],
      export: ["export", name, id, `${id}_report`],
    };
    for (const [label, words] of Object.entries(next)) {
      if (!words) continue;
      out.line([dim(label.padEnd(8)), commandLine(...words, ...same)]);
    }
    return EXIT.good;
  },
};
