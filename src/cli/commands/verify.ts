/**
 * `wta verify`: checks that a run is undamaged and consistent.
 *
 * @module
 */
import { type VerificationReport, verifyRun } from "../../../mod.ts";
import { basename } from "@std/path/basename";
import type { Command } from "../command.ts";
import { secretsToFind } from "../environment.ts";
import { EXIT } from "../exit_codes.ts";
import { findRun } from "../find_run.ts";
import { formatInteger, pluralize } from "../terminal/format.ts";
import { commandLine, dirOptions } from "../advice.ts";
import { bold, dim, green, red } from "../terminal/text.ts";

const PROBLEMS_SHOWN = 20;

/** `wta verify <run>` */
export const verify: Command = {
  name: "verify",
  positionals: ["<run>"],
  about: "Checks a run for damage; changes nothing",
  examples: [
    "wta verify latest",
    "wta verify latest --seal",
  ],
  options: {
    "scan-env": {
      value: "name",
      about: "search all files for the value of this variable",
    },
    seal: { about: "print one hash that stands for the whole run, to note it" },
    expect: {
      value: "hash",
      about: "compare the run with a seal that was noted",
    },
    json: { about: "the full report as JSON" },
  },

  async run(args, context) {
    const { out, progress, dir } = context;
    const asJson = args.flag("json");
    const secrets = secretsToFind(args, context);
    const { path, name } = await findRun(args.positional(0), dir);
    const onlySeal = args.flag("seal");
    const expectedSeal = args.text("expect");
    if (!asJson && !onlySeal) out.line(bold(basename(path)));
    await out.flush();
    const report = await progress.during(
      "verifying",
      undefined,
      () =>
        verifyRun(path, {
          secrets,
          ...(expectedSeal !== undefined && { expectedSeal }),
        }),
    );
    const { ok, problems, problemCount } = report;
    const code = ok ? EXIT.good : EXIT.checkFailed;
    if (asJson) {
      out.prettyJson(report);
      return code;
    }
    if (ok && onlySeal && report.seal) {
      out.line(report.seal);
      return code;
    }
    out.line(
      ok
        ? green("No problems found")
        : red(`${pluralize(problemCount, "problems")} found`),
    );
    out.line(dim(contentOf(report)));
    if (ok) return code;
    out.line();
    for (const { code, message } of problems.slice(0, PROBLEMS_SHOWN)) {
      out.paragraph(`${code}  ${message}`);
    }
    if (problemCount > PROBLEMS_SHOWN) {
      out.line(
        dim(`${formatInteger(problemCount - PROBLEMS_SHOWN)} more: --json`),
      );
    }
    const recoverable = problems.some(({ code }) => code === "NOT_FINALIZED") &&
      report.state !== "running";
    if (recoverable) {
      out.line();
      const line = commandLine("recover", name, ...dirOptions(dir));
      out.line([dim("recover  "), line]);
    }
    return code;
  },
};

function contentOf({ counts }: VerificationReport): string {
  const { instancesInFlight, emptyArtifacts } = counts;
  return [
    pluralize(counts.instances, "instances"),
    ...(instancesInFlight > 0
      ? [`${formatInteger(instancesInFlight)} in flight`]
      : []),
    pluralize(counts.steps, "steps"),
    pluralize(counts.assertions, "assertions"),
    pluralize(counts.artifacts, "artifact files"),
    ...(emptyArtifacts > 0
      ? [`${formatInteger(emptyArtifacts)} of them empty`]
      : []),
  ].join(", ");
}
