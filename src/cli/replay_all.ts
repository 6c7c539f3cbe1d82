/**
 * `wta replay <run> --all`: replays a run, and records that as a run of its own.
 *
 * @module
 */
import {
  createRun,
  type ReplayExecutor,
  replayRun,
  type ReplayRunOptions,
  type RunReader,
  type RunReplay,
} from "../../mod.ts";
import { commandLine, dirOptions } from "./advice.ts";
import type { Context } from "./command.ts";
import { EXIT } from "./exit_codes.ts";
import { pluralize } from "./terminal/format.ts";
import type { Screen } from "./terminal/screen.ts";
import { bold, dim, green, red, yellow } from "./terminal/text.ts";

/** Replays the run, and returns the exit code. */
export async function replayAll(
  run: RunReader,
  execute: ReplayExecutor,
  { out, progress, dir }: Pick<Context, "out" | "progress" | "dir">,
  { run_id: into_id, baseUrl }: {
    run_id: string | undefined;
    baseUrl: string | undefined;
  },
  options: ReplayRunOptions,
): Promise<number> {
  const { run_id, manifest } = run;
  out.line([
    bold(run_id),
    baseUrl === undefined ? "" : ` against ${baseUrl}`,
  ]);
  await out.flush();
  await using into = await createRun({
    dir,
    ...(into_id !== undefined && { run_id: into_id }),
    sut_name: manifest.sut_name,
    scenario_ids: manifest.scenario_ids,
    config: { replay_of: run_id, base_url: baseUrl ?? null },
  });
  const result = await progress.during(
    "replaying",
    options.sample ?? run.summary?.total_instances,
    () =>
      replayRun(run, execute, {
        ...options,
        into,
        onInstance: () => progress.advance(),
      }),
  );
  await into.finalize();
  writeResult(out, result);
  out.line();
  const where = dirOptions(dir);
  out.line([dim("why      "), commandLine("failures", into.run_id, ...where)]);
  out.line([
    dim("compare  "),
    commandLine("compare", run_id, into.run_id, ...where),
  ]);
  return result.matches ? EXIT.good : EXIT.checkFailed;
}

function writeResult(out: Screen, result: RunReplay): void {
  const { matching, different, incomplete, matches, reason } = result;
  out.line([
    green(`${pluralize(matching, "instances")} as recorded`),
    different === 0 ? "" : [", ", red(`${different} different`)],
    incomplete === 0 ? "" : [", ", yellow(`${incomplete} not replayed`)],
  ]);
  for (const { reason, count } of result.missing) {
    out.line(yellow(`  ${count}: ${reason}`));
  }
  out.line(matches ? green("It matches the recording") : red(`${reason}`));
  const { comparedCount, ignoredCount, followedCount, stepsReplayed } = result;
  out.line(dim(
    `${pluralize(stepsReplayed, "steps")}, ${
      pluralize(comparedCount, "values")
    } compared, ${ignoredCount} ignored, ${
      pluralize(followedCount, "links")
    } followed`,
  ));
}
