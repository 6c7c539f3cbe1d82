/**
 * `wta replay <run> <id>`: replays an instance, and shows it step by step.
 *
 * @module
 */
import {
  type ReplayExecutor,
  replayInstance,
  type ReplayOptions,
  type RunReader,
} from "../../mod.ts";
import { ArtifactError } from "../errors.ts";
import type { Context } from "./command.ts";
import { EXIT, UsageError } from "./exit_codes.ts";
import { withSuggestion } from "./find_instance.ts";
import { writeStep } from "./replay_view.ts";
import { pluralize } from "./terminal/format.ts";
import { bold, dim, green, red, yellow } from "./terminal/text.ts";

/** Replays the instance, and returns the exit code. */
export async function replayOne(
  run: RunReader,
  id: string,
  execute: ReplayExecutor,
  { out, progress }: Pick<Context, "out" | "progress">,
  baseUrl: string | undefined,
  options: ReplayOptions,
): Promise<number> {
  const replay = replayInstance(run, id, execute, options);
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
  const { comparedCount, ignoredCount, followedCount, noiseCount } = verdict;
  for (const text of missing) out.line(yellow(text));
  out.line();
  out.line(matches ? green("It matches the recording") : red(`${reason}`));
  out.line(
    dim(
      `${pluralize(comparedCount, "values")} compared, ${ignoredCount} ignored${
        noiseCount === 0 ? "" : ` (${noiseCount} as noise)`
      }${
        followedCount === 0
          ? ""
          : `, ${pluralize(followedCount, "links")} followed`
      }`,
    ),
  );
  return matches ? EXIT.good : EXIT.checkFailed;
}

/** An error that a URL mends, with what to do. */
export function hideUrl(error: unknown): unknown {
  return error instanceof ArtifactError && error.code === "INVALID_OPTION"
    ? new UsageError(
      error.message,
      "Give the URL of the service: --base-url http://localhost:8080",
    )
    : error;
}
