/**
 * The elements of a JUnit report, as XML.
 *
 * @module
 */

/** A failure or an error of a test case, or of an earlier attempt at it. */
export interface JunitProblem {
  element:
    | "failure"
    | "error"
    | "flakyFailure"
    | "flakyError"
    | "rerunFailure"
    | "rerunError";
  /** What went wrong, in one line. */
  message: string;
  /** What kind of thing that is. */
  type: string;
  /** All of it. */
  text: string;
}

/** A test case. */
export interface JunitCase {
  classname: string;
  name: string;
  seconds: number;
  skipped: boolean;
  problems: JunitProblem[];
  /** Lines of `system-out`. */
  out: string[];
}

/** What a suite counts. */
export interface JunitCounts {
  tests: number;
  failures: number;
  errors: number;
  skipped: number;
}

/** The beginning of a report with one suite. */
export function suiteStart(
  name: string,
  { tests, failures, errors, skipped }: JunitCounts,
  timestamp: string,
  seconds: number,
  properties: Readonly<Record<string, string>>,
): string {
  const counts = { tests, failures, errors };
  const time = secondsText(seconds);
  return '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<testsuites${attributes({ name, ...counts, time })}>\n` +
    `  <testsuite${
      attributes({
        name,
        ...counts,
        skipped,
        time,
        timestamp: timestamp.replace(/\.\d+Z$/, "Z"),
      })
    }>\n    <properties>\n` +
    Object.entries(properties).map(([name, value]) =>
      `      <property${attributes({ name, value })}/>\n`
    ).join("") +
    "    </properties>\n";
}

/** The end of a report. */
export const SUITE_END = "  </testsuite>\n</testsuites>\n";

/** A test case. */
export function caseText(
  { classname, name, seconds, skipped, problems, out }: JunitCase,
): string {
  const time = secondsText(seconds);
  const inner = [
    ...(skipped ? ["      <skipped/>\n"] : []),
    ...problems.map(problemText),
    ...(out.length === 0
      ? []
      : [`      <system-out>${xmlText(out.join("\n"))}</system-out>\n`]),
  ].join("");
  return `    <testcase${attributes({ classname, name, time })}>\n` +
    `${inner}    </testcase>\n`;
}

function problemText({ element, message, type, text }: JunitProblem): string {
  const start = `      <${element}${attributes({ message, type })}>`;
  // Surefire puts the text of an earlier attempt into an element of its own.
  const inner = element === "failure" || element === "error"
    ? xmlText(text)
    : `<stackTrace>${xmlText(text)}</stackTrace>`;
  return `${start}${inner}</${element}>\n`;
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values).map(([name, value]) =>
    ` ${name}="${
      xmlText(String(value)).replaceAll('"', "&quot;")
        .replaceAll("\n", "&#10;").replaceAll("\t", "&#9;")
    }"`
  ).join("");
}

/** Milliseconds in seconds: `12.5`. */
function secondsText(seconds: number): string {
  return seconds.toFixed(3);
}

/**
 * A text as it may stand between tags. What XML 1.0 cannot hold, not even as a
 * reference, is written as JSON would: `\u0000`.
 */
function xmlText(text: string): string {
  return text
    .replaceAll(
      /[^\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu,
      (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
    )
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
