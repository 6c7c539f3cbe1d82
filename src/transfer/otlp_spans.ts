/**
 * Turns instances into spans of OpenTelemetry, in the JSON form of OTLP.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type {
  AssertionRecord,
  InstanceRecord,
  Manifest,
  StartRecord,
  StepRecord,
} from "../format/records.ts";
import { correlate, instanceSpanId } from "../format/correlation.ts";
import { CREATED_BY, VERSION } from "../format/version.ts";
import { type InstanceGroup, splitAttempts } from "../read/internal.ts";

/** A value of an attribute. A 64-bit integer is a text in JSON. */
type AnyValue =
  | { stringValue: string }
  | { boolValue: boolean }
  | { intValue: string }
  | { doubleValue: number };

/** An attribute of a span, an event or a resource. */
interface KeyValue {
  key: string;
  value: AnyValue;
}

interface Event {
  timeUnixNano: string;
  name: string;
  attributes: KeyValue[];
}

/** One span. */
export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: KeyValue[];
  events: Event[];
  status: { code?: number; message?: string };
}

/** A message of OTLP: spans of one run. */
export interface TracesData {
  resourceSpans: {
    resource: { attributes: KeyValue[] };
    scopeSpans: {
      scope: { name: string; version: string };
      spans: Span[];
    }[];
  }[];
}

const KIND_INTERNAL = 1;
const KIND_CLIENT = 3;
const STATUS_OK = 1;
const STATUS_ERROR = 2;

/** The message with these spans. */
export function tracesData(manifest: Manifest, spans: Span[]): TracesData {
  return {
    resourceSpans: [{
      resource: {
        attributes: attributes({
          "service.name": "windtunnel",
          "windtunnel.run_id": manifest.run_id,
          "windtunnel.sut_name": manifest.sut_name,
          "windtunnel.created_by": manifest.created_by,
        }),
      },
      scopeSpans: [{
        scope: { name: CREATED_BY.split("@" + VERSION)[0]!, version: VERSION },
        spans,
      }],
    }],
  };
}

/**
 * The spans of an instance: one of its own, and one for each step below it.
 * Assertions are events of the span that they judge. Steps of attempts that were
 * interrupted are left out: nothing says when these began.
 */
export function spansOf(
  group: InstanceGroup,
  manifest: Manifest,
): { spans: Span[]; abandonedSteps: number } {
  const { instance, start } = group;
  const record = instance ?? start;
  if (!record) return { spans: [], abandonedSteps: group.steps.length };
  const { steps, assertions, abandoned } = splitAttempts(group);
  const events = Map.groupBy(assertions, ({ step_index }) => step_index);
  const traceId = traceIdOf(record.correlation_id);
  const parentSpanId = spanIdOf(record, steps, manifest);
  const known = new Set(steps.map(({ step_index }) => step_index));
  const ofInstance = [...events].flatMap(([step_index, of]) =>
    step_index !== null && known.has(step_index) ? [] : of
  );
  const stepSpans = steps.map((step) =>
    stepSpan(step, traceId, parentSpanId, events.get(step.step_index) ?? [])
  );
  const last = stepSpans.reduce(
    (end, span) =>
      BigInt(span.endTimeUnixNano) > end ? BigInt(span.endTimeUnixNano) : end,
    BigInt(nanos(record.started_at)),
  );
  return {
    spans: [
      {
        traceId,
        spanId: parentSpanId,
        name: record.scenario_id,
        kind: KIND_INTERNAL,
        startTimeUnixNano: nanos(record.started_at),
        endTimeUnixNano: instance
          ? nanos(record.started_at, instance.duration_ms)
          : String(last),
        attributes: attributes({
          "test.case.name": record.instance_key ?? record.instance_id,
          "test.case.result.status": instance?.passed == null
            ? null
            : instance.passed
            ? "pass"
            : "fail",
          "windtunnel.instance_id": record.instance_id,
          "windtunnel.scenario_id": record.scenario_id,
          "windtunnel.instance_key": record.instance_key,
          "windtunnel.retry_of": record.retry_of,
          "windtunnel.correlation_id": record.correlation_id,
        }),
        events: [
          ...ofInstance.map(assertionEvent),
          ...(instance?.error
            ? [exceptionEvent(instance.error, instance.completed_at)]
            : []),
        ],
        status: !instance
          ? { code: STATUS_ERROR, message: "never completed" }
          : instance.error
          ? { code: STATUS_ERROR, message: instance.error.message }
          : instance.passed === false
          ? { code: STATUS_ERROR, message: "failed" }
          : instance.passed
          ? { code: STATUS_OK }
          : {},
      },
      ...stepSpans,
    ],
    abandonedSteps: abandoned.steps.length,
  };
}

function stepSpan(
  { step_index, step_name, step_type, span_id, timestamp, observation }:
    StepRecord,
  traceId: string,
  parentSpanId: string,
  assertions: AssertionRecord[],
): Span {
  const { ok, status_code, latency_ms, errors = [] } = observation;
  const isHttp = step_type === "http";
  return {
    traceId,
    spanId: span_id,
    parentSpanId,
    name: step_name,
    kind: isHttp ? KIND_CLIENT : KIND_INTERNAL,
    startTimeUnixNano: nanos(timestamp),
    endTimeUnixNano: nanos(timestamp, latency_ms ?? 0),
    attributes: attributes({
      "windtunnel.step_index": step_index,
      "windtunnel.step_type": step_type,
      [isHttp ? "http.response.status_code" : "windtunnel.status_code"]:
        status_code,
      "error.type": ok === false ? errorTypeOf(errors[0], status_code) : null,
    }),
    events: [
      ...assertions.map(assertionEvent),
      ...errors.map((error) => exceptionEvent(error, timestamp)),
    ],
    status: ok === false
      ? { code: STATUS_ERROR, message: textOf(errors[0], "message") ?? "" }
      : {},
  };
}

function assertionEvent(
  { assertion_name, passed, expected, actual, message, timestamp }:
    AssertionRecord,
): Event {
  return {
    timeUnixNano: nanos(timestamp),
    name: "assertion",
    attributes: attributes({
      "windtunnel.assertion.name": assertion_name,
      "windtunnel.assertion.passed": passed,
      "windtunnel.assertion.expected": JSON.stringify(expected),
      "windtunnel.assertion.actual": JSON.stringify(actual),
      "windtunnel.assertion.message": message || null,
    }),
  };
}

/** @see https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/ */
function exceptionEvent(error: unknown, time: string): Event {
  return {
    timeUnixNano: nanos(time),
    name: "exception",
    attributes: attributes({
      "exception.type": textOf(error, "name") ?? textOf(error, "code") ??
        "Error",
      "exception.message": textOf(error, "message") ?? JSON.stringify(error),
      "exception.stacktrace": textOf(error, "stack"),
    }),
  };
}

function errorTypeOf(error: unknown, status_code: unknown): string {
  return textOf(error, "code") ?? textOf(error, "name") ??
    (typeof status_code === "number" ? String(status_code) : "_OTHER");
}

/** A text field of an object; a text is its own `message`. */
function textOf(value: unknown, name: string): string | undefined {
  if (typeof value === "string") return name === "message" ? value : undefined;
  const text = (value as Record<string, unknown> | null | undefined)?.[name];
  return typeof text === "string" && text !== "" ? text : undefined;
}

/** A correlation id that is a trace id stays; another one is hashed. */
function traceIdOf(correlation_id: string): string {
  return /^(?!0+$)[0-9a-f]{32}$/.test(correlation_id)
    ? correlation_id
    : hashed(correlation_id, 16);
}

/**
 * The span id in the headers that an instance sent, which services have as parent.
 * The ids of its steps are derived from it, unless the runner chose them.
 */
function spanIdOf(
  { instance_id }: InstanceRecord | StartRecord,
  steps: StepRecord[],
  { nonce }: Manifest,
): string {
  const ids = new Set(
    steps.map(({ span_id, step_index }) => instanceSpanId(span_id, step_index)),
  );
  return ids.size === 1
    ? [...ids][0]!
    : correlate(nonce, instance_id, 1).span_id;
}

function hashed(text: string, bytes: number): string {
  return bytesToHex(sha256(new TextEncoder().encode(text)).subarray(0, bytes));
}

/** A time in nanoseconds since 1970, which JSON has as a text. */
function nanos(time: string, plusMs = 0): string {
  return String(
    BigInt(Date.parse(time)) * 1_000_000n +
      BigInt(Math.round(plusMs * 1_000_000)),
  );
}

/** Attributes; those without a value are left out. */
function attributes(values: Record<string, unknown>): KeyValue[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value == null ? [] : [{ key, value: anyValue(value) }]
  );
}

function anyValue(value: unknown): AnyValue {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value !== "number") return { stringValue: String(value) };
  return Number.isSafeInteger(value)
    ? { intValue: String(value) }
    : { doubleValue: value };
}
