/**
 * `wta brief`: a run in short, for a coding agent.
 *
 * @module
 */
import { briefRun, openRun } from "../../../mod.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit_codes.ts";
import { findRun } from "../find_run.ts";

const TOKENS_DEFAULT = 2_000;
const TOKENS_MIN = 400;

/** `wta brief <run>` */
export const brief: Command = {
  name: "brief",
  positionals: ["<run>"],
  about: "A run in 2,000 tokens, for a coding agent",
  examples: [
    "wta brief latest",
    "wta brief latest --tokens 800 --since run_20240114_001",
  ],
  details: `
Why instances failed, with one example each and what differs from one that
passed; what changed since the last green run of the directory; commands that
show more. Recorded text stands between lines of three backticks. A token is
counted as three bytes.
`,
  options: {
    tokens: { value: "n", about: "at most this many (default: 2,000)" },
    since: { value: "run", about: "what it is compared with" },
    json: { about: "the text and its tokens as JSON" },
  },

  async run(args, { out, progress, dir }) {
    const tokens = args.count("tokens", TOKENS_MIN) ?? TOKENS_DEFAULT;
    const name = args.text("since");
    const run = await openRun((await findRun(args.positional(0), dir)).path);
    const since = name === undefined
      ? undefined
      : await openRun((await findRun(name, dir)).path);
    const found = await progress.during(
      "reading",
      undefined,
      () => briefRun(run, { tokens, ...(since && { since }) }),
    );
    if (args.flag("json")) out.json(found);
    else for (const line of found.text.trimEnd().split("\n")) out.line(line);
    return EXIT.good;
  },
};
