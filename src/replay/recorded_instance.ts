/**
 * Reads an instance for replay, and rejects it where the recording is incomplete.
 *
 * @module
 */
import type { ArtifactFile, InstanceTrace, RunReader } from "../read/mod.ts";
import {
  correlate,
  type CorrelationHeaders,
  correlationHeaders,
} from "../format/correlation.ts";
import { ArtifactError } from "../errors.ts";
import { type JsonObject, type JsonValue, parseJson } from "../json/value.ts";
import { stepFileNumber } from "../format/layout.ts";
import { messagePlace } from "../format/step_message.ts";
import { sentBodyProblem } from "../http/internal.ts";
import type { StepRecord } from "../format/records.ts";
import type { Placeholder } from "../json/placeholder.ts";
import { findLinks, type LinkStep } from "./links/find_links.ts";
import { applyRules, type LinkRules } from "./links/link_rules.ts";
import type { Link } from "./links/link.ts";
import { requestSecrets } from "./links/linked_secrets.ts";
import { GivenSecrets, placeholdersOf } from "./given_secrets.ts";

/** A step, and what was sent in it. */
export interface RecordedStep {
  /** The step as it was recorded. */
  record: StepRecord;
  /** What was sent; undefined where that was not recorded or is gone. */
  request: JsonValue | undefined;
  /** The request with the placeholders of its secrets. */
  recordedRequest: JsonValue | undefined;
  /** Names of the secrets that were put into the request. */
  secretNames: string[];
}

/** An instance, ready to be replayed. */
export interface RecordedInstance {
  /** Which scenario it executed; null where that is not known. */
  scenario_id: string | null;
  /** What it was started with. */
  entry_data: JsonObject;
  /** The id that it sent; null where it is unknown. */
  correlation_id: string | null;
  /** The headers that it sent that id in. */
  headers: Partial<CorrelationHeaders>;
  /** The steps, in their order. */
  steps: RecordedStep[];
  /** How many steps were recorded, wanted or not. */
  recordedCount: number;
  /** What flows from their answers into later requests. */
  links: Link[];
  /** What an exact replay needs and the recording lacks, in words. */
  missing: string[];
}

/** Attempts that are tried to find out how a correlation id was derived. */
const ATTEMPTS_MAX = 100;

/** What is to be read for a replay. */
export interface ReadOptions {
  /** Which steps are to be replayed. */
  wants: (step_index: number) => boolean;
  /** Values that were kept out of the recording, by name. */
  secrets: Readonly<Record<string, string>>;
  /** Rules for links; undefined where none is to be followed. */
  linkRules: LinkRules | undefined;
  /** Reads the instance otherwise than by its id. */
  readTrace?: (() => Promise<InstanceTrace>) | undefined;
}

/**
 * Reads what a replay needs of an instance.
 *
 * @throws {ArtifactError} `INSTANCE_NOT_FOUND`, `CORRUPT_LINE`, `READ_FAILED`
 */
export async function readRecordedInstance(
  run: RunReader,
  instance_id: string,
  { wants, secrets, linkRules, readTrace }: ReadOptions,
): Promise<RecordedInstance> {
  const trace = await (readTrace?.() ?? run.instance(instance_id));
  const missing = gapsOf(trace);
  const files = new Map(trace.artifacts.map((file) => [file.path, file]));
  const mayBeGone = trace.instance === null || trace.instance.passed === true;
  const sent: LinkStep[] = [];
  const wanted = trace.steps.filter(({ step_index }) => wants(step_index));
  for (const record of wanted) {
    const request = await readRequest(record, files, missing, mayBeGone);
    const { step_index, observation } = record;
    const problem = sentBodyProblem(request);
    if (problem) missing.push(`step ${step_index} cannot be sent: ${problem}`);
    sent.push({ step_index, request, observation });
  }
  const begun = trace.instance ?? trace.start;
  const entryData = begun?.entry_data ?? {};
  const links = linkRules
    ? applyRules(findLinks(sent, entryData), linkRules, wanted)
    : [];
  const given = new GivenSecrets(secrets, [
    entryData,
    ...sent.map(({ request }) => request),
  ]);
  const into = (step_index: number) =>
    links.filter(({ to }) => to.step_index === step_index);
  const inRequests = sent.map(({ step_index, request }) =>
    requestSecrets(request, into(step_index))
  );
  // A name that stands for a secret from outside, too, is not that of a link.
  const outside = new Set(
    inRequests.flat().filter(({ isLinked }) => !isLinked)
      .map(({ placeholder }) => placeholder.name),
  );
  const redacted = new Set<string>();
  const steps = wanted.map((record, i): RecordedStep => {
    const { request } = sent[i]!;
    if (request === undefined) {
      return { record, request, recordedRequest: request, secretNames: [] };
    }
    const used = new Set<string>();
    const isLinked = ({ name, id, text }: Placeholder) =>
      outside.has(name) &&
      inRequests[i]!.some(({ placeholder: one, isLinked }) =>
        isLinked && one.name === name && one.id === id && one.text === text
      );
    const open = given.fill(request, isLinked, used);
    for (const one of requestSecrets(open, into(record.step_index))) {
      for (const name of one.outside) redacted.add(name);
    }
    return {
      record,
      request: open,
      recordedRequest: request,
      secretNames: [...used],
    };
  });
  const entry_data = given.fill(entryData, () => false) as JsonObject;
  for (const { name } of placeholdersOf(entry_data)) redacted.add(name);
  for (const name of redacted) {
    missing.push(`the redacted value ${JSON.stringify(name)} was not supplied`);
  }
  const correlation_id = (begun ?? trace.steps[0])?.correlation_id ?? null;
  return {
    scenario_id: begun?.scenario_id ?? null,
    entry_data,
    correlation_id,
    headers: headersOf(run, instance_id, correlation_id),
    steps,
    links,
    recordedCount: trace.steps.length,
    missing,
  };
}

/** The error that says what is not there. */
export function incompleteRecording(
  instance_id: string,
  missing: readonly string[],
): ArtifactError {
  const shown = missing.slice(0, 5);
  if (missing.length > 5) shown.push(`and ${missing.length - 5} more`);
  return new ArtifactError(
    "INCOMPLETE_RECORDING",
    `Cannot replay "${instance_id}" exactly: ${shown.join("; ")}`,
  );
}

/**
 * A step that is lost at the end leaves no gap in the numbers: its assertions
 * and its files show it.
 */
function gapsOf(
  { instance, steps, assertions, artifacts }: InstanceTrace,
): string[] {
  const missing: string[] = [];
  if (!instance) missing.push("the instance never completed");
  if (steps.length === 0) missing.push("it has no steps");
  const indexes = new Set(steps.map(({ step_index }) => step_index));
  if (indexes.size < steps.length) missing.push("a step is recorded twice");
  const last = [
    ...indexes,
    ...assertions.map(({ step_index }) => step_index ?? -1),
    ...artifacts.map(({ name }) => (stepFileNumber(name) ?? 0) - 1),
  ].reduce((a, b) => Math.max(a, b), -1);
  if (indexes.size <= last) {
    let firstGap = 0;
    while (indexes.has(firstGap)) firstGap++;
    missing.push(`step ${firstGap} was not recorded`);
  }
  return missing;
}

async function readRequest(
  step: StepRecord,
  files: ReadonlyMap<string, ArtifactFile>,
  missing: string[],
  mayBeGone: boolean,
): Promise<JsonValue | undefined> {
  for (const path of step.artifacts) {
    if (files.has(path)) continue;
    missing.push(notThere(path));
  }
  const place = messagePlace(step, "request");
  if (!place) {
    missing.push(`step ${step.step_index} has no recorded request`);
    return undefined;
  }
  const { path } = place;
  if (path === null) return place.value;
  const file = files.get(path);
  if (!file) {
    if (place.isOptional && mayBeGone) {
      missing.push(
        `the request of step ${step.step_index} was not kept (requests: "on-failure")`,
      );
    } else if (!step.artifacts.includes(path)) missing.push(notThere(path));
    return undefined;
  }
  const text = await file.text();
  try {
    return parseJson(text) as JsonValue;
  } catch {
    missing.push(`the file ${JSON.stringify(path)} is not JSON`);
    return undefined;
  }
}

function notThere(path: string): string {
  return `the file ${JSON.stringify(path)} is not there`;
}

/** With the trace context where the id is one that `startInstance` derived. */
function headersOf(
  { manifest }: RunReader,
  instance_id: string,
  correlation_id: string | null,
): Partial<CorrelationHeaders> {
  if (correlation_id === null) return {};
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const ids = correlate(manifest.nonce, instance_id, attempt);
    if (ids.correlation_id === correlation_id) return correlationHeaders(ids);
  }
  return { "x-correlation-id": correlation_id };
}
