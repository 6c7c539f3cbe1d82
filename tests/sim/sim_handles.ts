/** Open files of the simulated disk. */
import type { FileHandle, ReadHandle } from "../../src/storage/file_system.ts";
import type { FileInode } from "./file_inode.ts";
import type { Images } from "./images.ts";
import { faultOf, type Operation, systemError } from "./plan.ts";
import type { Call, SimProcess } from "./sim_process.ts";

/** A file that is written from its end. */
export class SimFileHandle implements FileHandle {
  readonly #process: SimProcess;
  readonly #images: Images;
  readonly #path: string;
  readonly #file: FileInode;
  #open = true;
  /** The planned fault, where the write before this one took a part. */
  #full: Operation | undefined;

  constructor(
    process: SimProcess,
    images: Images,
    path: string,
    file: FileInode,
  ) {
    this.#process = process;
    this.#images = images;
    this.#path = path;
    this.#file = file;
  }

  write(given: Uint8Array): number | Promise<number> {
    const process = this.#process;
    const call = this.#writeCall(given.slice());
    return process.answersAtOnce()
      ? process.performAtOnce("write", this.#path, call)
      : process.perform("write", this.#path, call);
  }

  syncData(): Promise<void> {
    return this.#sync("syncData");
  }

  sync(): Promise<void> {
    return this.#sync("sync");
  }

  truncate(size: number): Promise<void> {
    const effect = () => {
      this.#assertOpen();
      this.#file.truncate(size, this.#images.next());
    };
    return this.#process.perform("truncate", this.#path, { effect });
  }

  close(): Promise<void> {
    const effect = () => {
      this.#assertOpen();
      this.#open = false;
    };
    const onFault = (error: Error) => {
      effect(); // Linux has let go of the file also where it says EIO.
      throw error;
    };
    return this.#process.perform("close", this.#path, { effect, onFault });
  }

  #sync(kind: "sync" | "syncData"): Promise<void> {
    const until = this.#images.now;
    return this.#process.perform<void>(kind, this.#path, {
      effect: () => {
        this.#assertOpen();
        this.#file.sync(until);
      },
      onFault: (error) => {
        this.#file.failSync(until, this.#process.damage);
        throw error;
      },
    });
  }

  #writeCall(bytes: Uint8Array): Call<number> {
    const { damage, trouble, plan } = this.#process;
    const full = this.#full;
    if (full) {
      this.#full = undefined;
      return {
        effect: () => {
          const error = faultOf(full, damage);
          this.#process.fault = { operation: full, error };
          throw error;
        },
      };
    }
    const troubled = trouble.chance(plan.trouble ?? 0);
    return {
      effect: () => troubled ? this.#troubled(bytes) : this.#append(bytes),
      partly: () => {
        this.#append(bytes.subarray(0, damage.amount(bytes.length)));
      },
      onFault: (error) => {
        // A disk that fills up takes what it can, and refuses the next write.
        if (bytes.length < 2 || damage.chance(0.5)) throw error;
        this.#full = this.#process.fault!.operation;
        this.#process.fault = undefined;
        return this.#append(
          bytes.subarray(0, 1 + damage.below(bytes.length - 1)),
        );
      },
    };
  }

  #troubled(bytes: Uint8Array): number {
    const { trouble } = this.#process;
    const kind = trouble.pick(["short", "short", "short", "EINTR", "EAGAIN"]);
    if (kind !== "short") throw systemError(kind, `write "${this.#path}"`);
    return this.#append(bytes.subarray(0, 1 + trouble.below(bytes.length)));
  }

  #append(bytes: Uint8Array): number {
    this.#assertOpen();
    this.#file.append(bytes, this.#images.next());
    return bytes.length;
  }

  #assertOpen(): void {
    if (!this.#open) throw systemError("EBADF", `"${this.#path}" is closed`);
  }
}

/** A file that is read. */
export function simReadHandle(
  process: SimProcess,
  path: string,
  file: FileInode,
): ReadHandle {
  return {
    read(into, position) {
      const { trouble, plan } = process;
      const limit = trouble.chance((plan.trouble ?? 0) / 3)
        ? 1 + trouble.below(into.length)
        : into.length;
      const effect = () => {
        const bytes = file.cached.view();
        const part = bytes.subarray(position, position + limit);
        into.set(part);
        return part.length;
      };
      return process.answersAtOnce()
        ? process.performAtOnce("read", path, { effect })
        : process.perform("read", path, { effect });
    },
    close: () => process.perform("close", path, { effect: () => {} }),
  };
}
