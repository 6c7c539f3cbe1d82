/**
 * `wta schema`: JSON Schema of the files of a run.
 *
 * @module
 */
import { jsonSchema, RECORD_FILES } from "../../format/json_schema.ts";
import type { Command } from "../command.ts";
import { EXIT, UsageError } from "../exit_codes.ts";
import { didYouMean } from "../suggest.ts";

/** `wta schema [name]` */
export const schema: Command = {
  name: "schema",
  positionals: ["[name]"],
  about: "JSON Schema of the files of a run",
  examples: [
    "wta schema steps",
  ],
  details: `Draft 2020-12. Without a name: all of them. The names are:\n${
    RECORD_FILES.join(", ")
  }.`,
  options: {},

  run(args, { out }) {
    const name = args.optional(0);
    // "steps.jsonl" means "steps".
    const file = RECORD_FILES.find((file) => file === name?.split(".")[0]);
    if (name !== undefined && !file) {
      throw new UsageError(
        `Cannot find the schema "${name}": the names are ${
          RECORD_FILES.join(", ")
        }`,
        didYouMean(name, RECORD_FILES, 'Run "wta schema" for all of them'),
      );
    }
    const schemas = RECORD_FILES.map((file) => [file, jsonSchema(file)]);
    out.prettyJson(file ? jsonSchema(file) : Object.fromEntries(schemas));
    return Promise.resolve(EXIT.good);
  },
};
