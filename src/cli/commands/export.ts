/**
 * `wta export`: copies one instance into a run of its own, or writes runs as
 * tables.
 *
 * @module
 */
import { exportInstance, exportParquet, openRun } from "../../../mod.ts";
import { commandLine } from "../advice.ts";
import type { Arguments } from "../arguments.ts";
import type { Command, Context } from "../command.ts";
import { EXIT, UsageError } from "../exit_codes.ts";
import { withSuggestion } from "../find_instance.ts";
import { findRun } from "../find_run.ts";
import { sizeOf } from "../run_header.ts";
import { formatBytes, pluralize } from "../terminal/format.ts";
import { dim, green, yellow } from "../terminal/text.ts";

/** `wta export <run> <id> <dir>`, `wta export <run>… --parquet <dir>` */
export const exportCommand: Command = {
  name: "export",
  positionals: ["<run>…"],
  about: "Copies one instance into a new run, or writes tables",
  details: `
wta export <run> <id> <dir> copies one instance into a new run, for a bug report.

wta export <run>… --parquet <dir> writes runs as tables for DuckDB, ClickHouse
and others: instances/, steps/ and assertions/, by date and run. A run that is
there as it is now is left alone; one that has changed is replaced.
`,
  options: {
    parquet: { value: "dir", about: "write the runs as tables in Parquet" },
  },

  async run(args, context) {
    const tables = args.text("parquet");
    if (tables !== undefined) await exportTables(args, tables, context);
    else await exportOne(args, context);
    return EXIT.good;
  },
};

async function exportOne(
  args: Arguments,
  { out, progress, dir }: Context,
): Promise<void> {
  const [name, id, target, extra] = args.positionals;
  if (id === undefined || target === undefined || extra !== undefined) {
    throw new UsageError(
      extra === undefined
        ? `Cannot run "wta export" without ${
          id === undefined ? "<id> and " : ""
        }<dir>`
        : `Cannot run "wta export" with "${extra}": it copies one instance`,
      "Use: wta export <run> <id> <dir>, or wta export <run>… --parquet <dir>",
    );
  }
  const run = await openRun((await findRun(name!, dir)).path);
  const path = await progress.during(
    "exporting",
    undefined,
    () => withSuggestion(run, id, () => exportInstance(run, id, target)),
  );
  out.line([
    green(path),
    `  ${formatBytes(await sizeOf(await openRun(path)))}`,
  ]);
  out.line([dim("show  "), commandLine("instance", path, id)]);
}

async function exportTables(
  args: Arguments,
  tables: string,
  { out, progress, dir }: Context,
): Promise<void> {
  for (const name of args.positionals) {
    const run = await openRun((await findRun(name, dir)).path);
    const { unchanged, rows } = await progress.during(
      `exporting ${run.run_id}`,
      undefined,
      () => exportParquet(run, tables),
    );
    const counts = unchanged ? dim("there already") : [
      pluralize(rows.instances, "instances"),
      pluralize(rows.steps, "steps"),
      pluralize(rows.assertions, "assertions"),
    ].join(", ");
    const state = run.state === "completed" ? "" : yellow(`, ${run.state}`);
    out.line([green(run.run_id), "  ", counts, state]);
  }
}
