/**
 * Parses what is required of a run, such as `p95(pay)<300`.
 *
 * @module
 */
import { closestName } from "../check/closest_name.ts";
import { ArtifactError } from "../errors.ts";

/** What can be required of the instances of a run, or of one scenario. */
export type InstanceMetric =
  | "pass_rate"
  | "instances"
  | "passed"
  | "failed"
  | "skipped"
  | "errors"
  | "flaky";

/** What can be required of a run. */
export type RequirementMetric =
  | InstanceMetric
  | "steps"
  | "failed_steps"
  | "p50"
  | "p95"
  | "p99"
  | "max"
  | "incomplete"
  | "assertions"
  | "failed_assertions";

/** How what was found is compared with the limit. */
export type RequirementOperator = ">=" | "<=" | ">" | "<" | "=";

/** Whose name may stand in parentheses. */
export const METRICS: Readonly<
  Record<RequirementMetric, "scenario" | "step" | null>
> = {
  pass_rate: "scenario",
  instances: "scenario",
  passed: "scenario",
  failed: "scenario",
  skipped: "scenario",
  errors: "scenario",
  flaky: "scenario",
  steps: "step",
  failed_steps: "step",
  p50: "step",
  p95: "step",
  p99: "step",
  max: "step",
  incomplete: null,
  assertions: null,
  failed_assertions: null,
};

const NAMES = Object.keys(METRICS) as RequirementMetric[];
const OPERATORS: readonly RequirementOperator[] = [">=", "<=", ">", "<", "="];

/** A requirement, parsed. */
export interface Requirement {
  /** As it was given. */
  text: string;
  /** What is measured. */
  metric: RequirementMetric;
  /** The scenario or step that it is measured of; null for all. */
  name: string | null;
  /** How it is compared. */
  operator: RequirementOperator;
  /** What it is compared with: milliseconds, a percentage or a number. */
  limit: number;
}

/**
 * Parses a requirement:
 *
 * ```text
 * requirement  metric [ "(" name ")" ] operator number
 * metric       pass_rate instances passed failed skipped errors flaky
 *              steps failed_steps p50 p95 p99 max
 *              incomplete assertions failed_assertions
 * name         of a scenario (first line) or of a step (second line), as it
 *              stands, or in double quotes as JSON has it
 * operator     >= <= > < =
 * number       digits, with or without a decimal point
 * ```
 *
 * Spaces may stand between the parts. `pass_rate` is in percent; `p50`, `p95`,
 * `p99` and `max` are latencies in milliseconds.
 *
 * @throws {ArtifactError} `INVALID_OPTION`; `offset` is the character at which the
 * text is wrong.
 *
 * @example
 * ```ts
 * import { parseRequirement } from "@windtunnel/artifacts";
 *
 * const { metric, name, operator, limit } = parseRequirement("p95(pay) < 300");
 * console.log(metric, name, operator, limit); // p95 pay < 300
 * ```
 */
export function parseRequirement(text: string): Requirement {
  const parser = new Parser(text);
  const metric = parser.metric();
  const name = parser.name(metric);
  const operator = parser.operator();
  const limit = parser.number();
  parser.end();
  return { text, metric, name, operator, limit };
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  metric(): RequirementMetric {
    const at = this.#skipSpaces();
    const word = this.#take(/\w+/y) ?? "";
    const metric = NAMES.find((metric) => metric === word);
    if (metric !== undefined) return metric;
    const closest = closestName(word, NAMES);
    throw this.#error(
      at,
      word === ""
        ? `expected a metric: ${NAMES.join(", ")}`
        : `"${word}" is not a metric: ${
          closest === undefined
            ? `it must be one of ${NAMES.join(", ")}`
            : `did you mean "${closest}"?`
        }`,
    );
  }

  name(metric: RequirementMetric): string | null {
    const at = this.#skipSpaces();
    if (this.#take(/\(/y) === undefined) return null;
    if (METRICS[metric] === null) {
      throw this.#error(
        at,
        `"${metric}" counts the whole run and takes no name: leave out the parentheses`,
      );
    }
    const nameAt = this.#skipSpaces();
    const quoted = this.#take(/"(?:[^"\\]|\\.)*"/y);
    const name = quoted === undefined
      ? this.#take(/[^()"]*/y)!.trim()
      : this.#unquoted(quoted, nameAt);
    if (name === "") throw this.#error(nameAt, "expected a name");
    const end = this.#skipSpaces();
    if (this.#take(/\)/y) === undefined) {
      throw this.#error(
        end,
        `expected ")" after the name: a name with parentheses or quotes is written in double quotes, as JSON`,
      );
    }
    return name;
  }

  operator(): RequirementOperator {
    const at = this.#skipSpaces();
    const sign = this.#take(/[<>=!~]+/y) ?? "";
    const operator = OPERATORS.find((operator) => operator === sign);
    if (operator !== undefined) return operator;
    throw this.#error(at, `expected one of ${OPERATORS.join(" ")}`);
  }

  number(): number {
    const at = this.#skipSpaces();
    const digits = this.#take(/\d+(?:\.\d+)?/y);
    if (digits !== undefined) return Number(digits);
    throw this.#error(at, "expected a number such as 300 or 99.5");
  }

  end(): void {
    const at = this.#skipSpaces();
    if (at === this.#text.length) return;
    throw this.#error(
      at,
      "expected nothing after the number: a latency is in milliseconds, pass_rate in percent",
    );
  }

  #unquoted(json: string, at: number): string {
    try {
      return JSON.parse(json);
    } catch {
      throw this.#error(
        at,
        "expected a JSON string: check the escapes in the name",
      );
    }
  }

  #skipSpaces(): number {
    this.#take(/\s*/y);
    return this.#at;
  }

  #take(form: RegExp): string | undefined {
    form.lastIndex = this.#at;
    const [found] = form.exec(this.#text) ?? [];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #error(offset: number, problem: string): ArtifactError {
    return new ArtifactError(
      "INVALID_OPTION",
      `Cannot use the requirement ${JSON.stringify(this.#text)}: at character ${
        offset + 1
      }, ${problem}`,
      { path: "require", offset },
    );
  }
}
