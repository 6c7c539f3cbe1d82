/**
 * One failed instance, replayed twice with `wta replay`: against the service as
 * it was, and against one in which the faults are fixed.
 *
 * @module
 */
import { openRun } from "../../mod.ts";
import { type ProcessIo, runCli } from "../../src/cli/cli.ts";
import { EXIT } from "../../src/cli/exit_codes.ts";
import { type DemoOptions, startDemoService } from "./demo.ts";
import { exampleFailure } from "./report.ts";
import { type Service, startService } from "./service.ts";

/**
 * Replays the failed instance that the report shows.
 *
 * @returns Whether the failure came again, and went away once it was fixed.
 */
export async function replayFailure(
  path: string,
  { seed, instances }: DemoOptions,
  io: ProcessIo,
): Promise<boolean> {
  const { stdout } = io;
  const failure = await exampleFailure(await openRun(path));
  if (!failure) {
    stdout.write("\nNothing failed: nothing to replay\n");
    return true;
  }
  const against = async (what: string, service: Service) => {
    stdout.write(`\nThe failure, replayed against ${what}\n\n`);
    const { baseUrl } = service;
    try {
      return await runCli(
        ["replay", path, failure.instance_id, "--base-url", baseUrl],
        io,
      );
    } finally {
      await service.close();
    }
  };
  const same = await against(
    "the service as it was",
    await startDemoService(seed, instances),
  );
  const fixed = await against(
    "a fixed service",
    await startService(seed, new Map()),
  );
  return same === EXIT.good && fixed === EXIT.checkFailed;
}
