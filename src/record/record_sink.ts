/**
 * A stream of records in front of a log.
 *
 * @module
 */
import type { RunFailure } from "../storage/run_failure.ts";
import type { RecordIds } from "../format/record_kind.ts";
import type { RecordLog } from "./record_log.ts";

/**
 * A `WritableStream` of records: a write resolves when the record is accepted,
 * and waits while the queue is full; `close()` resolves when all is durable. An
 * invalid record errors the stream, as streams do, and not the run.
 */
export function recordSink<R extends RecordIds>(
  log: RecordLog<R>,
  failure: RunFailure,
  assertOpen: () => void,
): WritableStream<R> {
  return new WritableStream<R>({
    start(controller) {
      failure.onFail((error) => controller.error(error));
    },
    async write(record, controller) {
      assertOpen();
      const { bytes, append } = log.prepare(record);
      await log.ready(bytes);
      assertOpen();
      append().catch((error) => controller.error(error));
    },
    close: () => log.synced(),
  });
}
