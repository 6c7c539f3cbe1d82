/**
 * `wta diff`: a failed instance against one that passed, step by step.
 *
 * @module
 */
import {
  type AssertionRecord,
  type Difference,
  diffInstances,
  openRun,
  type StepDiff,
} from "../../../mod.ts";
import { compactJson } from "../../json/preview.ts";
import { commandLine, dirOptions } from "../advice.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { withSuggestion } from "../find_instance.ts";
import { findRun } from "../find_run.ts";
import { verdictText } from "../instance_view.ts";
import { formatInteger, pluralize } from "../terminal/format.ts";
import type { Screen } from "../terminal/screen.ts";
import { bold, dim, green, red, type Text, yellow } from "../terminal/text.ts";

/** Differences that are shown of a step that did not fail, and of one that did. */
const SHOWN_MAX = 4;
const SHOWN_OF_FAILED_MAX = 20;

/** `wta diff <run> <id> [id2]` */
export const diff: Command = {
  name: "diff",
  positionals: ["<run>", "<id>", "[id2]"],
  about: "A failed instance against the nearest that passed",
  examples: [
    "wta diff latest inst_004",
    "wta diff latest inst_004 inst_001 --ignore 'request.body.*'",
  ],
  details: `
Compares with the instance of the same scenario that passed and started nearest
to it, or with <id2>. Of each value the one that passed comes first. Latencies,
the header date and those that carry the correlation id are not compared.
`,
  options: {
    ignore: {
      value: "path",
      about: "not compared, such as response.body.id (repeatable)",
    },
    full: { about: "all differences of all steps" },
    json: { about: "all of it as one line of JSON" },
  },

  async run(args, { out, progress, dir }) {
    const [id, other] = [args.positional(1), args.optional(2)];
    const { path, name } = await findRun(args.positional(0), dir);
    const run = await openRun(path);
    const ignore = [...args.texts("ignore")];
    const found = await progress.during(
      "comparing",
      undefined,
      () =>
        withSuggestion(
          run,
          id,
          () => diffInstances(run, id, other, { ignore }),
        ),
    );
    if (args.flag("json")) {
      out.json(found);
      return EXIT.good;
    }
    out.line([
      bold(found.otherInstanceId),
      "  ",
      verdictText(found.otherVerdict),
      other === undefined ? "  the nearest of its scenario that passed" : "",
    ]);
    out.line([bold(id), "  ", verdictText(found.verdict)]);
    for (const step of found.steps) {
      out.line();
      writeStep(out, step, args.flag("full"));
      if (out.isFull) await out.flush();
    }
    if (found.failed.length > 0) {
      out.line();
      out.line(bold("whole instance"));
      for (const assertion of found.failed) out.line(failedText(assertion));
    }
    out.line();
    const words = ["instance", name, id, ...dirOptions(dir)];
    out.line([dim("one   "), commandLine(...words)]);
    return EXIT.good;
  },
};

function writeStep(out: Screen, step: StepDiff, full: boolean): void {
  const { step_index, otherIndex, step_name, isFailed, values } = step;
  const index = String(step_index ?? otherIndex).padStart(2);
  out.line([bold(`${index}  ${step_name}`), "  ", summaryOf(step)]);
  for (const assertion of step.failed) out.line(failedText(assertion));
  for (const path of step.unread) {
    out.line(yellow(`    not compared: ${path}`));
  }
  if (!values) return;
  const max = full ? Infinity : isFailed ? SHOWN_OF_FAILED_MAX : SHOWN_MAX;
  const shown = values.differences.slice(0, max);
  for (const difference of shown) out.cutLine(differenceText(difference));
  const more = values.differencesCount - shown.length;
  if (more > 0) out.line(dim(`    ${formatInteger(more)} more`));
}

function summaryOf(
  { step_index, otherIndex, isFailed, values }: StepDiff,
): Text {
  if (step_index === null) return red("was not executed");
  const failed = isFailed ? red("failed, ") : "";
  if (otherIndex === null || !values) {
    return [failed, yellow("only in this instance")];
  }
  const { differencesCount, comparedCount } = values;
  const compared = pluralize(comparedCount, "values");
  return [
    failed,
    differencesCount === 0
      ? `no difference in ${compared}`
      : `${formatInteger(differencesCount)} of ${compared} differ`,
  ];
}

function differenceText({ path, recorded, actual }: Difference): Text {
  return [
    `    ${path}  `,
    recorded === undefined ? dim("nothing") : green(compactJson(recorded)),
    " → ",
    actual === undefined ? dim("nothing") : red(compactJson(actual)),
  ];
}

function failedText(
  { assertion_name, expected, actual, message }: AssertionRecord,
): Text {
  const reason = message === ""
    ? `expected ${compactJson(expected)}, got ${compactJson(actual)}`
    : message;
  return red(`    ✗ ${assertion_name}: ${reason}`);
}
