/**
 * The tables of a Parquet export: their columns, and their bytes.
 *
 * @module
 */
import { ASSERTION } from "../format/assertion_record.ts";
import { INSTANCE } from "../format/instance_record.ts";
import type { RecordIds, RecordKind } from "../format/record_kind.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  StepRecord,
} from "../format/records.ts";
import { STEP } from "../format/step_record.ts";
import { CREATED_BY } from "../format/version.ts";
import { readMessage } from "../read/internal.ts";
import type { RunReader } from "../read/mod.ts";
import type { SchemaElement } from "hyparquet-writer";

/** Key under which a file names its source. */
export const SOURCE_KEY = "windtunnel.source";

/** Types of columns: physical, and what the bytes mean. */
const TYPES = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  // As text: DuckDB reads a column of the logical type JSON as bytes.
  json: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  boolean: { type: "BOOLEAN" },
  integer: { type: "INT64" },
  double: { type: "DOUBLE" },
  time: { type: "INT64", converted_type: "TIMESTAMP_MILLIS" },
} as const;

interface Column<R> {
  name: string;
  type: keyof typeof TYPES | "texts";
  /** The value of a record; null where it has none of this type. */
  of(record: R): unknown;
}

/** A column that holds a field of the record as it is. */
function field<R>(name: keyof R & string, type: Column<R>["type"]): Column<R> {
  return { name, type, of: (record) => record[name] ?? null };
}

const IDENTITY: Column<{
  instance_id: string;
  run_id: string;
  correlation_id: string;
}>[] = [
  field("instance_id", "text"),
  field("run_id", "text"),
  field("correlation_id", "text"),
];

const INSTANCES: Column<InstanceRecord>[] = [
  ...IDENTITY,
  field("scenario_id", "text"),
  field("instance_key", "text"),
  field("retry_of", "text"),
  field("started_at", "time"),
  field("completed_at", "time"),
  field("duration_ms", "double"),
  field("passed", "boolean"),
  field("entry_data", "json"),
  field("error", "json"),
];

const STEPS: Column<StepRecord>[] = [
  ...IDENTITY,
  field("step_index", "integer"),
  field("step_name", "text"),
  field("step_type", "text"),
  field("span_id", "text"),
  field("timestamp", "time"),
  {
    name: "ok",
    type: "boolean",
    of: ({ observation: { ok } }) => ok ?? null,
  },
  {
    name: "status_code",
    type: "integer",
    of: ({ observation: { status_code } }) =>
      Number.isSafeInteger(status_code) ? status_code : null,
  },
  {
    name: "latency_ms",
    type: "double",
    of: ({ observation: { latency_ms } }) => latency_ms ?? null,
  },
  {
    name: "observation",
    type: "json",
    of({ observation: { ok: _ok, status_code, latency_ms: _ms, ...rest } }) {
      return status_code == null || Number.isSafeInteger(status_code)
        ? rest
        : { status_code, ...rest };
    },
  },
  field("artifacts", "texts"),
  field("request", "json"),
  field("response", "json"),
];

const ASSERTIONS: Column<AssertionRecord>[] = [
  ...IDENTITY,
  field("step_index", "integer"),
  field("assertion_name", "text"),
  field("passed", "boolean"),
  field("expected", "json"),
  field("actual", "json"),
  field("message", "text"),
  field("timestamp", "time"),
];

/** Name of a table: that of its directory, and of the file it is made of. */
export type ParquetTable = "instances" | "steps" | "assertions";

/** The columns of each table. */
const COLUMNS = {
  instances: withOthers(INSTANCES, INSTANCE),
  steps: withOthers(STEPS, STEP),
  assertions: withOthers(ASSERTIONS, ASSERTION),
};

/** Adds the fields of a kind of records that have no column yet, as JSON. */
function withOthers<R extends RecordIds>(
  columns: readonly Column<R>[],
  kind: RecordKind<R>,
): Column<R>[] {
  const named = new Set(columns.map(({ name }) => name));
  const fields = [
    ...Object.keys(kind.order({} as R)) as (keyof R & string)[],
    ...kind.optionalFields,
  ];
  const others = fields.filter((name) => !named.has(name));
  return [...columns, ...others.map((name) => field<R>(name, "json"))];
}

/** The tables in the order in which they are written. */
export const PARQUET_TABLES: readonly ParquetTable[] = [
  "steps",
  "assertions",
  "instances",
];

/** A group of rows is written when it has so many rows, or so much JSON. */
const GROUP_ROWS_MAX = 20_000;
const GROUP_JSON_BYTES_MAX = 16_000_000;

/**
 * Encodes the records of a run as one Parquet file, group by group.
 *
 * @param metadata Text that the file holds under {@linkcode SOURCE_KEY}.
 * @param onRow Called for each row.
 */
export async function* encodeTable(
  run: RunReader,
  table: ParquetTable,
  metadata: string,
  onRow: () => void,
): AsyncGenerator<Uint8Array> {
  const { ByteWriter, ParquetWriter } = await import("hyparquet-writer");
  const columns = COLUMNS[table] as Column<never>[];
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    schema: schemaOf(columns),
    kvMetadata: [{ key: SOURCE_KEY, value: metadata }],
    createdBy: CREATED_BY,
  });
  const encoder = new TextEncoder();
  let rows: unknown[][] = columns.map(() => []);
  let jsonBytes = 0;

  const take = function* (): Generator<Uint8Array> {
    yield writer.getBytes().slice();
    writer.index = 0;
  };
  const flush = function* (): Generator<Uint8Array> {
    if (rows[0]!.length === 0) return;
    parquet.write({
      columnData: columns.map(({ name, type }, i) => ({
        name,
        data: rows[i]!,
        ...(type === "json" && { encoding: "PLAIN", statistics: false }),
      })),
      rowGroupSize: GROUP_ROWS_MAX,
    });
    rows = columns.map(() => []);
    jsonBytes = 0;
    yield* take();
  };

  for await (const records of run.blocks(table)) {
    for (const recorded of records) {
      const record = table === "steps"
        ? await withMessages(run, recorded as StepRecord)
        : recorded;
      for (let i = 0; i < columns.length; i++) {
        const { type, of } = columns[i]!;
        let value = of(record as never);
        if (value !== null && type === "json") {
          const bytes = encoder.encode(JSON.stringify(value));
          jsonBytes += bytes.length;
          value = bytes;
        } else if (value !== null && type === "time") {
          value = new Date(value as string);
        } else if (value !== null && type === "integer") {
          value = BigInt(value as number);
        }
        rows[i]!.push(value);
      }
      onRow();
      if (
        rows[0]!.length === GROUP_ROWS_MAX || jsonBytes >= GROUP_JSON_BYTES_MAX
      ) yield* flush();
    }
  }
  yield* flush();
  parquet.finish();
  yield* take();
}

/** A step with its request and response, also where they are in files. */
async function withMessages(
  { fs, path }: RunReader,
  step: StepRecord,
): Promise<Partial<StepRecord>> {
  return {
    ...step,
    request: await readMessage(fs, path, step, "request"),
    response: await readMessage(fs, path, step, "response"),
  };
}

function schemaOf(columns: Column<never>[]): SchemaElement[] {
  return [
    { name: "root", num_children: columns.length },
    ...columns.flatMap(({ name, type }): SchemaElement[] =>
      type === "texts"
        ? [
          {
            name,
            converted_type: "LIST",
            num_children: 1,
            repetition_type: "OPTIONAL",
          },
          { name: "list", num_children: 1, repetition_type: "REPEATED" },
          { name: "element", ...TYPES.text, repetition_type: "OPTIONAL" },
        ]
        : [{ name, ...TYPES[type], repetition_type: "OPTIONAL" }]
    ),
  ];
}
