// Stand-in for jsr:@std/fs/ensure-dir, which no npm package has. The same
// contract: parents are made too, an existing directory is not an error.
import { mkdir } from "node:fs/promises";

export async function ensureDir(dir) {
  await mkdir(dir, { recursive: true });
}
