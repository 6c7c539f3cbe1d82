/**
 * A stream of records in front of a committer.
 *
 * @module
 */
import type { Committer } from "./committer.ts";
import type { RunFailure } from "./failure.ts";
import type { PreparedRecord } from "./instance_writer.ts";

/**
 * A `WritableStream` of records: a write resolves when the record is accepted,
 * and waits while the queue is full; `close()` resolves when all is durable. An
 * invalid record errors the stream, as streams do, and not the run.
 */
export function recordSink<R>(
  committer: Committer,
  failure: RunFailure,
  assertOpen: () => void,
  prepare: (record: R) => PreparedRecord,
): WritableStream<R> {
  return new WritableStream<R>({
    start(controller) {
      failure.onFail((error) => controller.error(error));
    },
    async write(record, controller) {
      await committer.ready();
      assertOpen();
      prepare(record).append().catch((error) => controller.error(error));
    },
    close: () => committer.synced(),
  });
}
