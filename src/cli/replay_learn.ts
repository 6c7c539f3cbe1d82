/**
 * `wta replay <run> <id> --learn`: writes what replays differ in to a file.
 *
 * @module
 */
import {
  learnNoise,
  type LearnNoiseOptions,
  type NoiseRule,
  type ReplayExecutor,
  type RunReader,
} from "../../mod.ts";
import { compactJson } from "../json/preview.ts";
import type { Context } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { writeRules } from "./replay_rules.ts";
import { pluralize } from "./terminal/format.ts";
import { bold, dim, green } from "./terminal/text.ts";

/** Learns, adds to the file, and returns the exit code. */
export async function learn(
  run: RunReader,
  id: string,
  execute: ReplayExecutor,
  { out, progress }: Pick<Context, "out" | "progress">,
  file: string,
  options: LearnNoiseOptions,
): Promise<number> {
  out.line([bold(id), ` of ${run.run_id}`]);
  await out.flush();
  const noise = await progress.during(
    "learning",
    undefined,
    () => learnNoise(run, [id], execute, options),
  );
  for (const rule of noise) {
    out.line(`${rule.step}  ${rule.path}`);
    out.cutLine(dim(`    ${wordsOf(rule)}`));
  }
  const { links } = options;
  await writeRules(file, { ...(links && { links }), noise });
  out.line();
  out.line([
    green(file),
    ` ignores ${pluralize(noise.length, "places")}: review it`,
  ]);
  return EXIT.good;
}

function wordsOf({ kind, types, seen }: NoiseRule): string {
  const values = kind === "order" ? [] : seen;
  return [`${kind} (${types.join(", ")})`, ...values.map(compactJson)]
    .join("  ");
}
