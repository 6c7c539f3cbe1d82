import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { type ArtifactData } from "../../mod.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { aRun } from "../support/run_builder.ts";

const BYTES = Uint8Array.from([0, 255, 128]);

/** A web stream as another realm or a polyfill has it: no iterator. */
function withoutIterator(stream: ReadableStream): ReadableStream<Uint8Array> {
  const bare = { getReader: () => stream.getReader() };
  Object.defineProperty(bare, Symbol.toStringTag, { value: "ReadableStream" });
  return bare as ReadableStream<Uint8Array>;
}

test("artifact() keeps the bytes of whatever has bytes", () =>
  withTempDir(async (dir) => {
    const file = join(dir, "in.bin");
    await writeFile(file, BYTES);
    const kinds: Record<string, () => ArtifactData> = {
      "Uint8Array": () => BYTES,
      "ArrayBuffer": () => BYTES.slice().buffer,
      "part of a buffer": () =>
        new DataView(new Uint8Array([9, ...BYTES]).buffer, 1),
      "Blob": () => new Blob([BYTES]),
      "File": () => new File([BYTES], "x.png"),
      "Response": () => new Response(BYTES),
      "ReadableStream": () => new Response(BYTES).body!,
      "ReadableStream without an iterator": () =>
        withoutIterator(new Blob([BYTES]).stream()),
      "stream of a file": () => createReadStream(file),
      "stream of Node": () =>
        Readable.from([BYTES.slice(0, 1), BYTES.slice(1)]),
      "async generator": () =>
        (async function* () {
          yield BYTES;
        })(),
      "bytes of another realm": () =>
        runInNewContext("new Uint8Array([0, 255, 128])"),
      "buffer of another realm": () =>
        runInNewContext("new Uint8Array([0, 255, 128]).buffer"),
    };
    const texts: Record<string, () => ArtifactData> = {
      "text": () => "é",
      "stream of text": () => Readable.from(["é"]),
      "blob of text": () => new Blob(["é"]),
    };
    const run = await aRun(dir);
    const instance = run.startInstance({ scenario_id: "checkout" });
    const written = async (name: string, data: ArtifactData) =>
      new Uint8Array(
        await readFile(join(run.path, await instance.artifact(name, data))),
      );
    for (const [name, make] of Object.entries(kinds)) {
      assert.deepEqual(await written(name, make()), BYTES, name);
    }
    for (const [name, make] of Object.entries(texts)) {
      const text = new TextDecoder().decode(await written(name, make()));
      assert.equal(text, "é", name);
    }
    const nothing = await written("nothing", new Response(null));
    assert.equal(nothing.length, 0);
    const value = await written("value.json", { at: new Date(0), n: 1n });
    assert.deepEqual(JSON.parse(new TextDecoder().decode(value)), {
      at: { $type: "Date", value: "1970-01-01T00:00:00.000Z" },
      n: { $type: "bigint", value: "1" },
    });
    await instance.complete();
    await run.finalize();
  }));
