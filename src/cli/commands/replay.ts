/**
 * `wta replay`: sends the requests of an instance again and compares the results.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import {
  type Difference,
  httpExecutor,
  type JsonValue,
  openRun,
  type ReplayedStep,
  replayInstance,
  VOLATILE_PATHS,
} from "../../../mod.ts";
import { compactJson } from "../../json/preview.ts";
import { ArtifactError } from "../../errors.ts";
import type { Command } from "../command.ts";
import { readVariable } from "../environment.ts";
import { CliError, EXIT, UsageError } from "../exit_codes.ts";
import { withSuggestion } from "../find_instance.ts";
import { findRun } from "../find_run.ts";
import { readRules } from "../replay_rules.ts";
import { pluralize } from "../terminal/format.ts";
import { widthOf } from "../terminal/render.ts";
import type { Environment, Screen } from "../terminal/screen.ts";
import { bold, dim, green, red, yellow } from "../terminal/text.ts";

const DIFFERENCES_SHOWN = 10;

/** `wta replay <run> <id>` */
export const replay: Command = {
  name: "replay",
  positionals: ["<run>", "<id>"],
  about: "Sends the requests of an instance again, and compares",
  examples: [
    "wta replay latest inst_004 --base-url http://localhost:8080",
  ],
  details: `
Without --base-url the requests go to the recorded URLs, and secrets nowhere.
These paths, and those of --ignore, are not compared:
${VOLATILE_PATHS.map((path) => `  ${path}`).join("\n")}
`,
  options: {
    "base-url": { value: "url", about: "base URL of the service" },
    from: { value: "index", about: "step_index of the first step to replay" },
    until: {
      value: "index",
      about: "step_index of the first step not to replay",
    },
    ignore: {
      value: "path",
      about: "path not to compare: body.items[*].id; repeatable",
    },
    secrets: {
      value: "file",
      about: "JSON object with the redacted values",
    },
    "secret-env": {
      value: "a=VAR",
      about: "value of secret a from variable VAR; repeatable",
    },
    "no-follow": {
      about: "send ids and tokens as they were recorded",
    },
    rules: {
      value: "file",
      about: "JSON file with links to add or forbid: docs/replay.md",
    },
    "allow-incomplete": {
      about: "replay what was recorded, where some of it is missing",
    },
  },

  async run(args, { out, err, progress, dir, env }) {
    const id = args.positional(1);
    const baseUrl = args.text("base-url");
    const [from, until] = [args.count("from", 0), args.count("until", 0)];
    const secrets = {
      ...await readSecrets(args.text("secrets")),
      ...secretsFrom(env, args.texts("secret-env")),
    };
    const values = Object.values(secrets);
    if (values.length > 0 && baseUrl === undefined) {
      throw new UsageError(
        "Cannot send secrets to the recorded URLs: the writer of the run chose them",
        "Name the service that gets them: --base-url http://localhost:8080",
      );
    }
    out.conceal(values);
    err.conceal(values);
    const run = await openRun((await findRun(args.positional(0), dir)).path);
    const executor = httpExecutor(baseUrl === undefined ? {} : { baseUrl });
    const replay = replayInstance(run, id, executor, {
      ...(from !== undefined && { from }),
      ...(until !== undefined && { until }),
      secrets,
      follow: !args.flag("no-follow"),
      ...await readRules(args.text("rules")),
      ignore: [...VOLATILE_PATHS, ...args.texts("ignore")],
      allowIncomplete: args.flag("allow-incomplete"),
    });
    const verdict = await progress.during(
      "replaying",
      undefined,
      () =>
        withSuggestion(run, id, async () => {
          out.line([
            bold(id),
            ` of ${run.run_id}`,
            baseUrl === undefined ? "" : ` against ${baseUrl}`,
          ]);
          try {
            for await (const step of replay) {
              writeStep(out, step);
              await out.flush();
            }
          } catch (error) {
            throw hideUrl(error);
          }
          return await replay.verdict();
        }),
    );
    const { matches, reason, missing } = verdict;
    const { comparedCount, ignoredCount, followedCount } = verdict;
    for (const text of missing) out.line(yellow(text));
    out.line();
    out.line(matches ? green("It matches the recording") : red(`${reason}`));
    out.line(
      dim(
        `${
          pluralize(comparedCount, "values")
        } compared, ${ignoredCount} ignored${
          followedCount === 0
            ? ""
            : `, ${pluralize(followedCount, "links")} followed`
        }`,
      ),
    );
    return matches ? EXIT.good : EXIT.checkFailed;
  },
};

function hideUrl(error: unknown): unknown {
  return error instanceof ArtifactError && error.code === "INVALID_OPTION"
    ? new UsageError(
      error.message,
      "Give the URL of the service: --base-url http://localhost:8080",
    )
    : error;
}

function writeStep(out: Screen, step: ReplayedStep): void {
  const { recorded, error, skipped, differences, differencesCount } = step;
  const title = `${recorded.step_index}  ${recorded.step_name}`;
  if (skipped) out.line([yellow("- "), title, dim(`  skipped: ${error}`)]);
  else if (differencesCount === 0) out.line([green("✓ "), title]);
  else out.line([red("✗ "), title, error === null ? "" : red(`  ${error}`)]);
  for (const { from, to } of step.lost) {
    out.line(yellow(
      `    ${to.path} as recorded: step ${from.step_index} has no ${from.path} now`,
    ));
  }
  for (const difference of differences.slice(0, DIFFERENCES_SHOWN)) {
    writeDifference(out, difference);
  }
  const leftOut = differencesCount -
    Math.min(differences.length, DIFFERENCES_SHOWN);
  if (leftOut > 0) out.line(dim(`    ${leftOut} more`));
}

function writeDifference(
  out: Screen,
  { path, recorded, actual }: Difference,
): void {
  const place = path === "" ? "    the step" : `    ${path}`;
  const before = shownValue(recorded);
  const after = red(shownValue(actual));
  const line = [place, dim("  recorded "), before, dim("  now "), after];
  if (widthOf(line, out.style) <= out.columns) return out.line(line);
  out.cutLine(place);
  out.cutLine([dim("      recorded "), before]);
  out.cutLine([dim("      now      "), after]);
}

function shownValue(value: JsonValue | undefined): string {
  return value === undefined ? "nothing" : compactJson(value);
}

/** Reads secrets from a file: arguments are visible to all users of the machine. */
async function readSecrets(
  file: string | undefined,
): Promise<Record<string, string>> {
  if (file === undefined) return {};
  let secrets: unknown;
  try {
    secrets = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw secretsError(file, cause);
  }
  const isValid = typeof secrets === "object" && secrets !== null &&
    Object.values(secrets).every((value) => typeof value === "string");
  if (!isValid) throw secretsError(file);
  return secrets as Record<string, string>;
}

function secretsFrom(
  env: Environment,
  pairs: readonly string[],
): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => {
    const [name, variable] = pair.split("=", 2);
    if (name && variable) {
      return [name, readVariable(env, variable, "secret-env")];
    }
    throw new UsageError(
      `Cannot use --secret-env ${pair}: expected a name and a variable`,
      "Write it as --secret-env authorization=TOKEN",
    );
  }));
}

function secretsError(file: string, cause?: unknown): CliError {
  // The message of the parser would quote the content.
  const reason = cause instanceof SyntaxError || cause === undefined
    ? "it is not a JSON object of strings"
    : "it cannot be read";
  return new CliError(
    `Cannot read secrets from "${file}": ${reason}`,
    'Write it as {"name": "value"}',
    EXIT.wrongUsage,
  );
}
