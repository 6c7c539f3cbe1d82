/** What a measurement needs of the machine. */
import process from "node:process";

/** Memory of the process, in a measure that all three runtimes have. */
export function rssMb(): number {
  return process.memoryUsage().rss / 1e6;
}
