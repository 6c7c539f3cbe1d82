/** sonic-boom and pino, as their docs advise. */
import { join } from "node:path";
import { type Contender, peer } from "./contender.ts";
import { lineOf } from "./records.ts";

/** As far as it is used here. */
interface SonicBoom {
  write(line: string): boolean;
  flush(done: (error?: Error | null) => void): void;
  once(event: "drain" | "ready" | "close", listener: () => void): void;
  end(): void;
}

interface SonicBoomOptions {
  dest: string;
  sync: boolean;
  fsync?: boolean;
}

interface Pino {
  info(record: object): void;
}

interface PinoModule {
  pino: ((options: object, destination: SonicBoom) => Pino) & {
    destination(options: SonicBoomOptions): SonicBoom;
  };
}

/** `write`, which returns when the line was written. */
export const sonicBoomSync: Contender = {
  name: "sonic-boom, `sync: true`",
  promise: "written",
  async open(dir) {
    const file = await openFile({ dest: join(dir, "steps.jsonl"), sync: true });
    return {
      append: (record) => void file.write(lineOf(record)),
      close: () => end(file),
    };
  },
};

/** `write`, acknowledged by the next `"drain"`: all that was given is written. */
export function sonicBoomAsync(fsync: boolean): Contender {
  return {
    name: `sonic-boom${fsync ? ", `fsync: true`" : ""}, acknowledged on drain`,
    promise: fsync ? "synced, by a blocking fsync" : "written",
    async open(dir) {
      const dest = join(dir, "steps.jsonl");
      const file = await openFile({ dest, sync: false, fsync });
      let drained: Promise<void> | undefined;
      return {
        append(record) {
          file.write(lineOf(record));
          return drained ??= new Promise((resolve) =>
            file.once("drain", () => {
              drained = undefined;
              resolve();
            })
          );
        },
        close: () => end(file),
      };
    },
  };
}

/**
 * `flush` writes what was given and syncs it once, through the pool. One call
 * serves all lines before it: a call a line is up to ten times slower.
 */
export const sonicBoomFlushed: Contender = {
  name: "sonic-boom, one `flush` for all that wait",
  promise: "synced",
  async open(dir) {
    const dest = join(dir, "steps.jsonl");
    const file = await openFile({ dest, sync: false });
    let last: Promise<void> = Promise.resolve();
    let next: Promise<void> | undefined;
    const flush = () => {
      next = undefined;
      return new Promise<void>((resolve, reject) =>
        file.flush((error) => error ? reject(error) : resolve())
      );
    };
    return {
      append(record) {
        file.write(lineOf(record));
        return next ??= last = last.then(flush);
      },
      close: () => end(file),
    };
  },
};

/** A logger on its own sonic-boom; each line has a level beside the record. */
export const pinoSync: Contender = {
  name: "pino, `sync: true`",
  promise: "written",
  async open(dir) {
    const { pino } = await peer<PinoModule>("pino");
    const dest = join(dir, "steps.jsonl");
    const file = pino.destination({ dest, sync: true });
    const logger = pino({ base: null, timestamp: false }, file);
    return {
      append: (record) => logger.info(record),
      close: () => end(file),
    };
  },
};

async function openFile(options: SonicBoomOptions): Promise<SonicBoom> {
  const { default: SonicBoom } = await peer<
    { default: new (options: SonicBoomOptions) => SonicBoom }
  >("sonic-boom");
  const file = new SonicBoom(options);
  // At once: on Deno the file may be open before anyone awaits that.
  await new Promise<void>((resolve) => file.once("ready", resolve));
  return file;
}

function end(file: SonicBoom): Promise<void> {
  return new Promise((resolve) => {
    file.once("close", resolve);
    file.end();
  });
}
