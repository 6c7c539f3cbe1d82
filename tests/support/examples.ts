/** The examples in documents and doc comments. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "./runtimes.ts";

/** A block of code that must run as it stands. */
export interface Example {
  /** `README.md #1` */
  name: string;
  code: string;
}

/** The `ts` blocks of a file, without the ` * ` of doc comments. */
export async function examplesIn(file: string): Promise<Example[]> {
  const text = await readFile(join(ROOT, file), "utf8");
  const plain = file.endsWith(".md") ? text : text.replaceAll(/^ *\* ?/gm, "");
  return [...plain.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code], i) => ({
    name: `${file} #${i + 1}`,
    code: code!,
  }));
}
