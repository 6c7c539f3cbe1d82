/** What the runtimes bring along, used without a library. */
import { closeSync, createWriteStream, openSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Contender } from "./contender.ts";
import { lineOf } from "./records.ts";

const FILE = "steps.jsonl";
const ignored = () => Promise.resolve();

/** The harness: records are made, and nothing is done with them. */
export const nothing: Contender = {
  name: "nothing: the harness alone",
  promise: "none",
  open: () => Promise.resolve({ append: () => {}, close: ignored }),
};

/** A ceiling: what any contender has to do, in memory. */
export const stringifyAlone: Contender = {
  name: "`JSON.stringify` alone",
  promise: "none",
  isCeiling: true,
  open() {
    let length = 0;
    return Promise.resolve({
      append: (record) => void (length += JSON.stringify(record).length),
      close() {
        if (length === 0) throw new Error("Nothing was encoded");
        return Promise.resolve();
      },
    });
  },
};

/** A ceiling: nothing is acknowledged before 64 KiB are there. */
export const joinedAndWritten: Contender = {
  name: "joined to 64 KiB and written",
  promise: "none: up to 64 KiB in memory",
  isCeiling: true,
  open(dir) {
    const fd = openSync(join(dir, FILE), "a");
    let text = "";
    return Promise.resolve({
      append(record) {
        text += lineOf(record);
        if (text.length < 64 * 1024) return;
        writeSync(fd, text);
        text = "";
      },
      close() {
        writeSync(fd, text);
        closeSync(fd);
        return Promise.resolve();
      },
    });
  },
};

/** A floor: ready bytes copied, acknowledged together, written once a turn. */
export const readyLine: Contender = {
  name: "a ready line, copied, acknowledged and written",
  promise: "written",
  open(dir) {
    const fd = openSync(join(dir, FILE), "a");
    const batch = new Uint8Array(512 * 1024);
    let line: Uint8Array | undefined;
    let length = 0;
    let waiting: PromiseWithResolvers<void> | undefined;
    const write = () => {
      if (length > 0) writeSync(fd, batch, 0, length);
      length = 0;
      waiting?.resolve();
      waiting = undefined;
    };
    return Promise.resolve({
      append(record) {
        line ??= new TextEncoder().encode(lineOf(record));
        batch.set(line, length);
        length += line.length;
        if (!waiting) {
          waiting = Promise.withResolvers<void>();
          setImmediate(write);
        }
        const { promise } = waiting;
        if (length > 256 * 1024) write();
        return promise;
      },
      close: () => Promise.resolve(closeSync(fd)),
    });
  },
};

export const fsWriteSync: Contender = {
  name: "`fs.writeSync` per line",
  promise: "written",
  open(dir) {
    const fd = openSync(join(dir, FILE), "a");
    return Promise.resolve({
      append: (record) => void writeSync(fd, lineOf(record)),
      close: () => Promise.resolve(closeSync(fd)),
    });
  },
};

export const appendFile: Contender = {
  name: "`FileHandle.appendFile`",
  promise: "written",
  async open(dir) {
    const handle = await open(join(dir, FILE), "a");
    return {
      append: (record) => handle.appendFile(lineOf(record)),
      close: () => handle.close(),
    };
  },
};

export const writeStream: Contender = {
  name: "`createWriteStream`, callback awaited",
  promise: "written",
  open(dir) {
    const stream = createWriteStream(join(dir, FILE), { flags: "a" });
    return Promise.resolve({
      append: (record) =>
        new Promise<void>((resolve, reject) =>
          stream.write(
            lineOf(record),
            (error) => error ? reject(error) : resolve(),
          )
        ),
      close: () => new Promise<void>((resolve) => stream.end(resolve)),
    });
  },
};

/** One line after the other: written, synced, then the next. */
export const naive: Contender = {
  name: "awaited write and awaited datasync per line",
  promise: "synced",
  async open(dir) {
    const handle = await open(join(dir, FILE), "a");
    let tail: Promise<void> = Promise.resolve();
    return {
      append: (record) =>
        tail = tail.then(async () => {
          await handle.appendFile(lineOf(record));
          await handle.datasync();
        }),
      close: () => handle.close(),
    };
  },
};

/** What only one runtime has. */
export function ofRuntime(): Contender[] {
  if ("Deno" in globalThis) return [denoFile];
  if ("Bun" in globalThis) return [bunWriter];
  return [];
}

const denoFile: Contender = {
  name: "`Deno.FsFile`, `write` awaited",
  promise: "written",
  async open(dir) {
    const file = await Deno.open(join(dir, FILE), {
      create: true,
      append: true,
    });
    const encoder = new TextEncoder();
    return {
      async append(record) {
        await file.write(encoder.encode(lineOf(record)));
      },
      close: () => Promise.resolve(file.close()),
    };
  },
};

/** As far as it is used here; its types are Bun's, and Deno checks this file. */
interface FileSink {
  write(text: string): number;
  flush(): number | Promise<number>;
  end(): number | Promise<number>;
}

const bunWriter: Contender = {
  name: "`Bun.file().writer()`, `flush` awaited",
  promise: "written",
  open(dir) {
    const { Bun } = globalThis as unknown as {
      Bun: { file(path: string): { writer(): FileSink } };
    };
    const writer = Bun.file(join(dir, FILE)).writer();
    return Promise.resolve({
      async append(record) {
        writer.write(lineOf(record));
        await writer.flush();
      },
      close: async () => void await writer.end(),
    });
  },
};
