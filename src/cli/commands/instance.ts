/**
 * `wta instance`: one instance, step by step.
 *
 * @module
 */
import {
  instanceLinks,
  instanceTimeline,
  type InstanceTrace,
} from "../../../mod.ts";
import type { Command } from "../command.ts";
import { openDamaged } from "../damaged_run.ts";
import { EXIT } from "../exit_codes.ts";
import { writeArtifacts } from "../artifacts_view.ts";
import { findInstance, withSuggestion } from "../find_instance.ts";
import { findRun } from "../find_run.ts";
import { writeInstanceHeader, writeTimeline } from "../instance_view.ts";
import { commandLine, dirOptions } from "../advice.ts";
import { linksTitle, writeLinks } from "../links_view.ts";
import { bold, dim } from "../terminal/text.ts";

/** Of instances with more files or more in their steps, `wta links` shows links. */
const LINKED_BYTES_MAX = 512 * 1024;

/** `wta instance <run> <id>` */
export const instance: Command = {
  name: "instance",
  positionals: ["<run>", "<id>"],
  about: "One instance, step by step, and what failed",
  examples: [
    "wta instance latest inst_004",
    "wta instance latest inst_004 --full",
  ],
  options: {
    full: { about: "headers, bodies and steps in full" },
  },

  async run(args, { out, progress, dir }) {
    const id = args.positional(1);
    const full = args.flag("full");
    const { path, name } = await findRun(args.positional(0), dir);
    const { run, damage } = await openDamaged(path);
    const completed = await progress.during(
      "finding",
      run.summary?.total_instances,
      () => findInstance(run, id),
    );
    // The header is shown before the steps are read, which may take long.
    if (completed) writeInstanceHeader(out, id, completed, null, run, { full });
    await out.flush();
    const trace = await progress.during(
      "reading",
      undefined,
      () => withSuggestion(run, id, () => run.instance(id)),
    );
    const { start } = trace;
    if (!completed) writeInstanceHeader(out, id, null, start, run, { full });
    const timeline = instanceTimeline(trace);
    await writeTimeline(out, timeline, { full });
    const isSmall = isWithin(trace, LINKED_BYTES_MAX);
    const links = isSmall ? await instanceLinks(run, id) : [];
    if (links.length > 0) {
      out.line();
      out.line(bold(linksTitle(links)));
      writeLinks(out, links, trace.steps, full);
    }
    writeArtifacts(out, trace, timeline, full);
    out.line();
    const { correlation_id } = completed ?? start ?? trace.steps[0] ??
      trace.assertions[0] ??
      {};
    if (correlation_id) {
      out.line([dim("logs    search for "), correlation_id]);
    }
    const sameDir = dirOptions(dir);
    const next = {
      full: full ? undefined : ["instance", name, id, "--full"],
      // Without a recorded request there is nothing to send again.
      replay: timeline.steps.some(({ request }) => request?.isKept)
        ? ["replay", name, id, "--base-url", "http://localhost:8080"]
        : undefined,
      links: isSmall ? undefined : ["links", name, id],
      export: ["export", name, id, `${id}_report`],
    };
    for (const [label, words] of Object.entries(next)) {
      if (!words) continue;
      out.line([dim(label.padEnd(8)), commandLine(...words, ...sameDir)]);
    }
    damage.write(out, name, dir);
    return damage.isFound ? EXIT.failed : EXIT.good;
  },
};

/** Whether the files and the steps of an instance take no more than so much. */
function isWithin(trace: InstanceTrace, bytesMax: number): boolean {
  let size = trace.artifacts.reduce((sum, { size }) => sum + size, 0);
  return trace.steps.every((step) => {
    if (size <= bytesMax) size += JSON.stringify(step.observation).length;
    return size <= bytesMax;
  });
}
