/**
 * JSON Schema (draft 2020-12) of the files of a run, for tools that do not
 * speak TypeScript. Made from the valibot schemas, so there is one description
 * of a record. Not part of `mod.ts`: recording and reading need no converter.
 *
 * @module
 */
import {
  type ConversionConfig,
  type JsonSchema,
  toJsonSchema,
} from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import type { JsonObject } from "../json/value.ts";
import { FILES } from "./layout.ts";
import { hasRealDay } from "./timestamp.ts";
import { isIndexInCount } from "./manifest.ts";
import { DEVICE, FORBIDDEN, isSafeName, NAME_BYTES_MAX } from "./names.ts";
import {
  AssertionRecordSchema,
  InstanceRecordSchema,
  jsonObject,
  jsonValue,
  ManifestSchema,
  StartRecordSchema,
  StepRecordSchema,
  SummarySchema,
} from "./records.ts";

/** A file of a run that holds records. */
export type RecordFile = Exclude<keyof typeof FILES, "artifacts">;

const SCHEMAS: Record<RecordFile, [schema: GenericSchema, title: string]> = {
  manifest: [ManifestSchema, "what was run"],
  started: [StartRecordSchema, "one line, an instance that was started"],
  instances: [InstanceRecordSchema, "one line, one execution of a scenario"],
  steps: [StepRecordSchema, "one line, one action and its observation"],
  assertions: [AssertionRecordSchema, "one line, one recorded verdict"],
  summary: [SummarySchema, "totals"],
};

/** The files that {@linkcode jsonSchema} describes. */
export const RECORD_FILES: readonly RecordFile[] = Object.keys(
  SCHEMAS,
) as RecordFile[];

/**
 * JSON Schema of a file of a run: of the whole file for `manifest` and
 * `summary`, of one line for the others.
 *
 * It accepts every record that this library writes. What JSON Schema cannot
 * say, it leaves to `verifyRun`: that a name is at most 200 *bytes* long, that
 * a value is nested less than 500 levels deep, and all that needs a second
 * record.
 */
export function jsonSchema(file: RecordFile): JsonObject {
  const [schema, title] = SCHEMAS[file];
  const { $schema, ...rest } = toJsonSchema(schema, CONVERSION);
  return {
    $schema,
    title: `${FILES[file]}: ${title}`,
    ...rest,
  } as JsonObject;
}

const CONVERSION: ConversionConfig = {
  target: "draft-2020-12",
  // Of a pipe of two schemas, the last one: the first only asks for JSON.
  typeMode: "output",
  // JSON has no number that is not finite.
  // JSON has no number that is not finite.
  ignoreActions: ["finite"],
  overrideSchema({ valibotSchema }) {
    if (valibotSchema === jsonValue) return {};
    if (valibotSchema === jsonObject) return { type: "object" };
  },
  overrideAction({ valibotAction, jsonSchema }) {
    const { requirement } = valibotAction as { requirement?: unknown };
    // JSON Schema cannot compare two numbers, and knows no calendar.
    if (requirement === isIndexInCount || requirement === hasRealDay) {
      return jsonSchema;
    }
    if (requirement !== isSafeName) return;
    return { ...jsonSchema, ...SAFE_NAME };
  },
};

/** The rules of `names.ts`, without flags and look-aheads: not every tool has them. */
const SAFE_NAME: JsonSchema = {
  minLength: 1,
  maxLength: NAME_BYTES_MAX,
  not: {
    anyOf: [
      { pattern: "^\\." },
      { pattern: "[. ]$" },
      { pattern: FORBIDDEN.source },
      { pattern: eitherCase(DEVICE.source) },
    ],
  },
};

/** `[cC][oO][nN]` for `con`, but not for the letters of an escape such as `\s`. */
function eitherCase(pattern: string): string {
  return pattern.replaceAll(
    /\\.|[a-z]/g,
    (part) => part.length > 1 ? part : `[${part}${part.toUpperCase()}]`,
  );
}
