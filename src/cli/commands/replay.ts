/**
 * `wta replay`: an instance is taken again, and held against what was recorded.
 *
 * @module
 */
import { compactJson } from "../../json/preview.ts";
import { ArtifactError } from "../../errors.ts";
import { readFile } from "../../storage/read_file.ts";
import type { Difference } from "../../json/diff.ts";
import {
  httpExecutor,
  type ReplayedStep,
  replayInstance,
  VOLATILE_PATHS,
} from "../../replay/mod.ts";
import type { JsonValue } from "../../json/value.ts";
import { openRun } from "../../read/mod.ts";
import { runtimeFileSystem } from "../../adapters/mod.ts";
import type { Command } from "../command.ts";
import { fromEnvironment } from "../environment.ts";
import { CliError, EXIT, UsageError } from "../exit_codes.ts";
import { reportedInstance } from "../find_instance.ts";
import { findRun } from "../find_run.ts";
import { pluralize } from "../terminal/format.ts";
import { widthOf } from "../terminal/render.ts";
import type { Environment, Screen } from "../terminal/screen.ts";
import { bold, dim, green, red, yellow } from "../terminal/text.ts";

const DIFFERENCES_SHOWN = 10;

/** `wta replay <run> <id>` */
export const replay: Command = {
  name: "replay",
  positionals: ["<run>", "<id>"],
  about: "Sends an instance's requests again, and compares",
  details: `
Without --base-url the requests go to where they went when they were recorded.
Besides what --ignore names, these
are not compared:
${VOLATILE_PATHS.map((path) => `  ${path}`).join("\n")}
`,
  options: {
    "base-url": { value: "url", about: "where the service is now" },
    from: { value: "index", about: "step_index of the first step to take" },
    until: { value: "index", about: "step_index before which it ends" },
    ignore: {
      value: "path",
      about: "not compared either: body.items[*].id; may be repeated",
    },
    secrets: {
      value: "file",
      about: "JSON object of what was kept out of the recording",
    },
    "secret-env": {
      value: "a=VAR",
      about: "secret a from the environment; may be given again",
    },
    "allow-incomplete": {
      about: "take what there is, where the recording lacks something",
    },
  },

  async run(args, { out, progress, dir, env }) {
    const id = args.positional(1);
    const baseUrl = args.text("base-url");
    const [from, until] = [args.count("from", 0), args.count("until", 0)];
    const secrets = {
      ...await readSecrets(args.text("secrets")),
      ...secretsFrom(env, args.texts("secret-env")),
    };
    const run = await openRun((await findRun(args.positional(0), dir)).path);
    const executor = httpExecutor(baseUrl === undefined ? {} : { baseUrl });
    const replay = replayInstance(run, id, executor, {
      ...(from !== undefined && { from }),
      ...(until !== undefined && { until }),
      secrets,
      ignore: [...VOLATILE_PATHS, ...args.texts("ignore")],
      allowIncomplete: args.flag("allow-incomplete"),
    });
    const verdict = await progress.during(
      "replaying",
      undefined,
      () =>
        reportedInstance(run, id, async () => {
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
            throw withoutUrl(error);
          }
          return await replay.verdict();
        }),
    );
    const { matches, reason, comparedCount, ignoredCount, missing } = verdict;
    for (const lacking of missing) out.line(yellow(lacking));
    out.line();
    out.line(matches ? green("It matches the recording") : red(`${reason}`));
    out.line(
      dim(
        `${
          pluralize(comparedCount, "values")
        } compared, ${ignoredCount} ignored`,
      ),
    );
    return matches ? EXIT.good : EXIT.checkFailed;
  },
};

function withoutUrl(error: unknown): unknown {
  return error instanceof ArtifactError && error.code === "INVALID_OPTION"
    ? new UsageError(
      error.message,
      "Tell where the service is: --base-url http://localhost:8080",
    )
    : error;
}

function writeStep(out: Screen, step: ReplayedStep): void {
  const { recorded, error, skipped, differences, differencesCount } = step;
  const title = `${recorded.step_index}  ${recorded.step_name}`;
  if (skipped) out.line([yellow("- "), title, dim(`  skipped: ${error}`)]);
  else if (differencesCount === 0) out.line([green("✓ "), title]);
  else out.line([red("✗ "), title, error === null ? "" : red(`  ${error}`)]);
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
  const [was, is] = [shownValue(recorded), red(shownValue(actual))];
  const line = [place, dim("  recorded "), was, dim("  now "), is];
  if (widthOf(line, out.style) <= out.columns) return out.line(line);
  out.cutLine(place);
  out.cutLine([dim("      recorded "), was]);
  out.cutLine([dim("      now      "), is]);
}

function shownValue(value: JsonValue | undefined): string {
  return value === undefined ? "nothing" : compactJson(value);
}

/** Not as arguments: those are seen by everybody on the machine. */
async function readSecrets(
  file: string | undefined,
): Promise<Record<string, string>> {
  if (file === undefined) return {};
  let secrets: unknown;
  try {
    const bytes = await readFile(await runtimeFileSystem(), file);
    secrets = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw secretsError(file, cause);
  }
  const isGood = typeof secrets === "object" && secrets !== null &&
    Object.values(secrets).every((value) => typeof value === "string");
  if (!isGood) throw secretsError(file);
  return secrets as Record<string, string>;
}

function secretsFrom(
  env: Environment,
  pairs: readonly string[],
): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => {
    const [name, variable] = pair.split("=", 2);
    if (name && variable) {
      return [name, fromEnvironment(env, variable, "secret-env")];
    }
    throw new UsageError(
      `Cannot use --secret-env ${pair}: it takes a name and a variable`,
      "Write it as --secret-env authorization=TOKEN",
    );
  }));
}

function secretsError(file: string, cause?: unknown): CliError {
  // Not what a parser says of the content: that quotes it.
  const reason = cause instanceof SyntaxError || cause === undefined
    ? "it is no JSON object of strings"
    : "it cannot be read";
  return new CliError(
    `Cannot take secrets from "${file}": ${reason}`,
    'Write it as {"name": "value"}',
    EXIT.wrongUsage,
  );
}
