/**
 * `wta replay`: sends the requests of an instance again and compares the results.
 *
 * @module
 */
import {
  httpExecutor,
  openRun,
  type ReplayExecutor,
  VOLATILE_PATHS,
} from "../../../mod.ts";
import type { Arguments } from "../arguments.ts";
import { Programs } from "../programs.ts";
import type { Command } from "../command.ts";
import { UsageError } from "../exit_codes.ts";
import { findRun } from "../find_run.ts";
import { replayAll } from "../replay_all.ts";
import { hideUrl, replayOne } from "../replay_one.ts";
import { learn } from "../replay_learn.ts";
import { readRules, readRulesIfAny } from "../replay_rules.ts";
import { readSecrets, secretsFrom } from "../replay_secrets.ts";

/** `wta replay <run> <id>` and `wta replay <run> --all` */
export const replay: Command = {
  name: "replay",
  positionals: ["<run>", "[id]"],
  about: "Sends recorded requests again, and compares",
  examples: [
    "wta replay latest inst_004 --base-url http://localhost:8080",
  ],
  details: `
Without --base-url the requests go to the recorded URLs, and secrets nowhere.
These paths, and those of --ignore, are not compared:
${VOLATILE_PATHS.map((path) => `  ${path}`).join("\n")}
With --all it replays the instances of the run, side by side, and records the
replays as a run of its own, for compare, report and history.
`,
  options: {
    all: { about: "replay all instances, instead of <id>" },
    failed: { about: "with --all: those that failed" },
    sample: {
      value: "n",
      about: "with --all: n of them at most, spread over the run",
    },
    concurrency: {
      value: "n",
      about: "with --all: n instances side by side (default: 4)",
    },
    "run-id": {
      value: "id",
      about: "with --all: id of the run that is recorded",
    },
    rate: { value: "n", about: "with --all: n steps a second at most" },
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
    pace: {
      value: "how",
      about: "recorded: with the recorded pauses (default: none)",
    },
    command: {
      value: "line",
      about: "program that executes steps: docs/replay.md",
    },
    rules: {
      value: "file",
      about: "JSON file with links and noise: docs/replay.md",
    },
    learn: {
      value: "n",
      about: "replay n times; write what differs to --rules",
    },
    "allow-incomplete": {
      about: "replay what was recorded, where some of it is missing",
    },
  },

  async run(args, { out, err, progress, dir, env }) {
    const id = args.optional(1);
    const all = args.flag("all");
    checkChoice(id, all, args);
    const baseUrl = args.text("base-url");
    const [from, until] = [args.count("from", 0), args.count("until", 0)];
    const secrets = {
      ...await readSecrets(args.text("secrets")),
      ...secretsFrom(env, args.texts("secret-env")),
    };
    const values = Object.values(secrets);
    if (
      values.length > 0 && baseUrl === undefined &&
      !new Programs(args.texts("command")).areForAll
    ) {
      throw new UsageError(
        "Cannot send secrets to the recorded URLs: the writer of the run chose them",
        "Name the service that gets them: --base-url http://localhost:8080",
      );
    }
    out.conceal(values);
    err.conceal(values);
    const run = await openRun((await findRun(args.positional(0), dir)).path);
    await using programs = new Programs(args.texts("command"));
    const http = httpExecutor(baseUrl === undefined ? {} : { baseUrl });
    const executor: ReplayExecutor = (step, context) =>
      (programs.executorOf(step.step_type) ?? http)(step, context);
    const pace = args.text("pace") ?? "none";
    if (pace !== "none" && pace !== "recorded") {
      throw new UsageError(
        `Cannot use --pace ${pace}`,
        'It is "recorded" or "none"',
      );
    }
    const options = {
      pace: pace as "none" | "recorded",
      secrets,
      follow: !args.flag("no-follow"),
      ...(args.text("learn") === undefined
        ? await readRules(args.text("rules"))
        : await readRulesIfAny(args.text("rules")!)),
      ignore: [...VOLATILE_PATHS, ...args.texts("ignore")],
      allowIncomplete: args.flag("allow-incomplete"),
    };
    const times = args.count("learn", 2);
    if (id !== undefined && times !== undefined) {
      const file = args.text("rules")!;
      return await learn(run, id, executor, { out, progress }, file, {
        ...options,
        times,
      });
    }
    if (id === undefined) {
      const [sample, concurrency] = [
        args.count("sample", 1),
        args.count("concurrency", 1),
      ];
      const stepsPerSecond = args.count("rate", 1);
      const target = { run_id: args.text("run-id"), baseUrl };
      return await replayAll(run, executor, { out, progress, dir }, target, {
        ...options,
        failed: args.flag("failed"),
        ...(sample !== undefined && { sample }),
        ...(concurrency !== undefined && { concurrency }),
        ...(stepsPerSecond !== undefined && { stepsPerSecond }),
      }).catch((error) => {
        throw hideUrl(error);
      });
    }
    const range = {
      ...(from !== undefined && { from }),
      ...(until !== undefined && { until }),
    };
    return await replayOne(run, id, executor, { out, progress }, baseUrl, {
      ...range,
      ...options,
    });
  },
};

const ONE_ONLY = ["from", "until", "learn"];
const NOT_LEARNT = ["from", "until"];
const ALL_ONLY = ["sample", "concurrency", "run-id", "rate"];

/** @throws {UsageError} where options of the one are given with the other. */
function checkChoice(
  id: string | undefined,
  all: boolean,
  args: Arguments,
): void {
  if ((id === undefined) !== all) {
    throw new UsageError(
      all
        ? `Cannot replay "${id}" with --all: it replays all instances`
        : 'Cannot run "wta replay" without <id>',
      "Name an instance, or replay all of them: --all",
    );
  }
  if (args.text("learn") !== undefined && args.text("rules") === undefined) {
    throw new UsageError(
      "Cannot use --learn without --rules: it names the file to write",
      "Write it as --learn 3 --rules replay.json",
    );
  }
  const part = NOT_LEARNT.find((name) => args.text(name) !== undefined);
  if (args.text("learn") !== undefined && part !== undefined) {
    throw new UsageError(
      `Cannot use --${part} with --learn: it learns from all steps`,
      'Run "wta help replay" to list its options',
    );
  }
  const wrong =
    (all ? ONE_ONLY : ALL_ONLY).find((name) => args.text(name) !== undefined) ??
      (args.flag("failed") && !all ? "failed" : undefined);
  if (wrong === undefined) return;
  throw new UsageError(
    `Cannot use --${wrong} ${all ? "with" : "without"} --all`,
    'Run "wta help replay" to list its options',
  );
}
