/**
 * Reads the records of a kind that pass a filter, a block at a time.
 *
 * @module
 */
import { assertOptions } from "../check/options.ts";
import { ArtifactError } from "../errors.ts";
import type { RunPaths } from "../format/layout.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  StepRecord,
} from "../format/records.ts";
import type { FileSystem } from "../storage/file_system.ts";
import {
  type AssertionFilter,
  assertionMatcher,
  type InstanceFilter,
  instanceMatcher,
  type Matcher,
  type StepFilter,
  stepMatcher,
} from "./filters.ts";
import {
  badLines,
  type ReadLinesOptions,
  ReadLinesOptionsSchema,
} from "./line_parser.ts";
import { recordBlocks, type RecordBlocksOptions } from "./record_blocks.ts";
import { linesOf, type RecordKind } from "./record_kinds.ts";

/** What `RunReader.blocks` reads, by the name of the kind. */
export interface RecordsOfKind {
  /** Instances that completed. */
  instances: { record: InstanceRecord; filter: InstanceFilter };
  /** Steps. */
  steps: { record: StepRecord; filter: StepFilter };
  /** Assertions. */
  assertions: { record: AssertionRecord; filter: AssertionFilter };
}

/** How the records of a kind are read. */
type ReadKinds = {
  [K in keyof RecordsOfKind]: {
    kind: RecordKind;
    matcher: (
      filter: RecordsOfKind[K]["filter"],
    ) => Matcher<RecordsOfKind[K]["record"]>;
  };
};

const KINDS: ReadKinds = {
  instances: { kind: "instance", matcher: instanceMatcher },
  steps: { kind: "step", matcher: stepMatcher },
  assertions: { kind: "assertion", matcher: assertionMatcher },
};

/**
 * The records of a kind that pass a filter.
 *
 * @throws {ArtifactError} `INVALID_OPTION`; while it is read: `CORRUPT_LINE`,
 * `CORRUPT_FILE`, `READ_FAILED`
 */
export function filteredBlocks<K extends keyof RecordsOfKind>(
  fs: FileSystem,
  paths: RunPaths,
  kind: K,
  filter: RecordsOfKind[K]["filter"],
  options: ReadLinesOptions,
  defaults: ReadLinesOptions,
): AsyncGenerator<RecordsOfKind[K]["record"][]> {
  if (!Object.hasOwn(KINDS, kind)) {
    throw new ArtifactError(
      "INVALID_OPTION",
      `Cannot read ${JSON.stringify(kind)}: the kinds are ${
        Object.keys(KINDS).join(", ")
      }`,
      { path: "kind" },
    );
  }
  assertOptions(kind, ReadLinesOptionsSchema, options);
  const { kind: name, matcher } = KINDS[kind];
  return recordBlocks<RecordsOfKind[K]["record"]>(fs, {
    ...badLines({ ...defaults, ...options }),
    ...linesOf(paths, name),
    ...onlyInstance(filter),
    accept: matcher(filter),
  });
}

/** Lines of other instances are skipped without parsing them. */
function onlyInstance(
  { instance_id }: { instance_id?: string },
): Pick<RecordBlocksOptions<unknown>, "wantsInstance"> {
  if (instance_id === undefined) return {};
  return { wantsInstance: (id) => id === instance_id };
}
