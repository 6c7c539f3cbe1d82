/** LogTape's file sink, called without a logger before it. */
import { join } from "node:path";
import { type Contender, peer } from "./contender.ts";

interface LogRecord {
  category: string[];
  level: "info";
  message: unknown[];
  rawMessage: string;
  timestamp: number;
  properties: object;
}

interface FileModule {
  getFileSink(path: string, options: {
    bufferSize?: number;
    formatter: (record: LogRecord) => string;
  }): ((record: LogRecord) => void) & Disposable;
}

/**
 * Each flush of its buffer ends with an fsync.
 *
 * @param buffered With its default buffer, or without one.
 */
export function logtape(buffered: boolean): Contender {
  return {
    name: `LogTape getFileSink${buffered ? "" : ", `bufferSize: 0`"}`,
    promise: buffered
      ? "none: in a buffer of up to 16 KiB, then synced"
      : "synced, by a blocking fsync",
    async open(dir) {
      const { getFileSink } = await peer<FileModule>("@logtape/file");
      const sink = getFileSink(join(dir, "steps.jsonl"), {
        formatter: ({ properties }) => JSON.stringify(properties) + "\n",
        ...buffered ? {} : { bufferSize: 0 },
      });
      return {
        append: (properties) =>
          sink({
            category: ["bench"],
            level: "info",
            message: [],
            rawMessage: "",
            timestamp: 0,
            properties,
          }),
        close: () => Promise.resolve(sink[Symbol.dispose]()),
      };
    },
  };
}
