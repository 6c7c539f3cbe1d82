/**
 * The part of many alike cases that this process tests: the second third, where
 * `TEST_SHARE` is `2/3`. Without it, all of them. `npm test` shares them out
 * among the runtimes.
 */
import process from "node:process";

const [PART, PARTS] = (process.env.TEST_SHARE ?? "1/1").split("/").map(
  Number,
) as [number, number];
if (!(PART >= 1 && PART <= PARTS)) {
  throw new Error(`TEST_SHARE is ${process.env.TEST_SHARE}, not like 2/3`);
}

/** Whether the case of that number is tested here. */
export function isOwnCase(number: number): boolean {
  return number % PARTS === PART - 1;
}

/** How many of so many cases of chance are tested here, at least one. */
export function ownCount(cases: number): number {
  return Math.ceil(cases / PARTS);
}
