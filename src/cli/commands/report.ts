/**
 * `wta report`: writes a run as one HTML file to look at.
 *
 * @module
 */
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename } from "@std/path/basename";
import { Writable } from "node:stream";
import { verifyRun, writeReport } from "../../../mod.ts";
import type { Command } from "../command.ts";
import { secretsToFind } from "../environment.ts";
import { CliError, EXIT } from "../exit_codes.ts";
import { findRun } from "../find_run.ts";
import { serveReport } from "../serve_report.ts";
import { formatBytes, pluralize } from "../terminal/format.ts";
import { dim, green, red, yellow } from "../terminal/text.ts";

const MEGABYTE = 1_000_000;

/** `wta report <run>` */
export const report: Command = {
  name: "report",
  positionals: ["<run>", "[b]"],
  about: "One HTML file to look at, which needs no network",
  details: "With two runs it is of the second, compared with the first.",
  examples: [
    "wta report latest --output report.html",
  ],
  options: {
    output: { value: "file", about: "where it goes (default: <run id>.html)" },
    "max-size": {
      value: "MB",
      about: "about how large it may be (default: 50)",
    },
    watch: { about: "serve it on this machine while the run goes on" },
    port: { value: "port", about: "of --watch (default: a free one)" },
    all: { about: "leave out nothing, however large it gets" },
    "scan-env": {
      value: "name",
      about: "write nothing if the run has the value of this variable",
    },
  },

  async run(args, context) {
    const { out, progress, dir } = context;
    if (args.flag("watch")) {
      const { path, name } = await findRun(args.positional(0), dir);
      return await serveReport(path, name, args.count("port", 1) ?? 0, out);
    }
    const secrets = secretsToFind(args, context);
    const first = await findRun(args.positional(0), dir);
    const second = args.optional(1);
    const { path, name } = second === undefined
      ? first
      : await findRun(second, dir);
    if (Object.keys(secrets).length > 0) {
      const { problems } = await progress.during(
        "searching for secrets",
        undefined,
        async () => {
          const { problems } = await verifyRun(path, { secrets });
          if (second === undefined) return { problems };
          const before = await verifyRun(first.path, { secrets });
          return { problems: [...problems, ...before.problems] };
        },
      );
      const found = problems.filter(({ code }) => code === "SECRET_FOUND");
      if (found.length > 0) {
        for (const { message } of found.slice(0, 5)) {
          out.paragraph(message, red);
        }
        throw new CliError(
          `Cannot write the report: the run has ${
            pluralize(found.length, "secrets")
          }`,
          "Record it again with `redact`, or write the report without --scan-env",
          EXIT.checkFailed,
        );
      }
    }
    const megabytes = args.count("max-size", 1);
    const file = args.text("output") ?? `${basename(path)}.html`;
    const temporary = `${file}.tmp`;
    const written = await progress.during("writing", undefined, async () => {
      const sink = Writable.toWeb(createWriteStream(temporary));
      try {
        const result = await writeReport(path, sink, {
          name,
          ...(second !== undefined && {
            baseline: { path: first.path, name: first.name },
          }),
          onInstance: () => progress.advance(),
          ...(args.flag("all")
            ? { bytesMax: Infinity }
            : megabytes !== undefined && { bytesMax: megabytes * MEGABYTE }),
        });
        await rename(temporary, file);
        return result;
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    });
    out.line([
      green(file),
      `  ${formatBytes(written.bytes)}, ${
        pluralize(written.instances, "instances")
      }`,
    ]);
    if (written.omitted > 0) {
      out.line(
        yellow(
          `Left out for its size: the records of ${
            pluralize(written.omitted, "instances")
          }`,
        ),
      );
      out.line(dim("--all writes them"));
    }
    if (written.damage.length > 0) {
      out.line(
        red(`${pluralize(written.damage.length, "damaged places")} left out`),
      );
      return EXIT.failed;
    }
    return EXIT.good;
  },
};
