/**
 * Keeps a disk busy until it is killed, as a database beside a test would:
 * `busy_disk.ts <file>` writes and syncs 4 MiB again and again, 256 MiB long.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import process from "node:process";

const fd = openSync(process.argv[2]!, "w");
const block = new Uint8Array(4 * 1024 * 1024).fill(120);
process.on("SIGTERM", () => {
  closeSync(fd);
  process.exit();
});
for (let n = 0;; n++) {
  writeSync(fd, block, 0, block.length, (n % 64) * block.length);
  fdatasyncSync(fd);
  // Lets a signal in.
  await new Promise((resolve) => setImmediate(resolve));
}
