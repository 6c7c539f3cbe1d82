/** A stand-in for jsr.io with the packages of `@std`, on loopback. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { ROOT } from "./runtimes.ts";

const VERSION = "1.0.0";

/** `@std/fs` is in no npm package: this asks for the same permissions. */
const FS: Record<string, string> = {
  "ensure_dir.js": `export async function ensureDir(dir) {
  try {
    if ((await Deno.stat(dir)).isDirectory) return;
    throw new Error("Failed to ensure directory exists: " + dir);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  await Deno.mkdir(dir, { recursive: true });
}
`,
};

/** The sources of a package by their path in it. */
function filesOf(name: string): Record<string, string> {
  if (name === "fs") return FS;
  const dir = join(ROOT, "node_modules", "deno-std", name);
  const files: Record<string, string> = {};
  for (const path of readdirSync(dir, { recursive: true }) as string[]) {
    if (!path.endsWith(".js")) continue;
    const up = "../".repeat(path.split("/").length);
    files[path] = readFileSync(join(dir, path), "utf8").replaceAll(
      new RegExp(`(from|import) "${up}(\\w+)/(\\w+)\\.js"`, "g"),
      `$1 "jsr:@std/$2@${VERSION}/$3"`,
    );
  }
  return files;
}

/** What the registry says of the version: its files, and what it exports. */
function metaOf(files: Record<string, string>): unknown {
  const manifest: Record<string, unknown> = {};
  const exports: Record<string, string> = {};
  for (const [path, source] of Object.entries(files)) {
    const checksum = createHash("sha256").update(source).digest("hex");
    manifest[`/${path}`] = {
      size: new TextEncoder().encode(source).length,
      checksum: `sha256-${checksum}`,
    };
    const subpath = path.replace(/\.js$/, "").replaceAll("_", "-");
    if (/^[a-z]/.test(path)) exports[`./${subpath}`] = `./${path}`;
  }
  return { manifest, exports };
}

/** The answer to a request; nothing where there is no such thing. */
function answer(url: string): [type: string, body: string] | undefined {
  const match = url.match(/^\/@std\/(\w+)\/(.+)$/);
  if (!match) return undefined;
  const [, name, rest] = match as unknown as [string, string, string];
  const json = (value: unknown): [string, string] => [
    "application/json",
    JSON.stringify(value),
  ];
  if (rest === "meta.json") {
    const versions = { [VERSION]: {} };
    return json({ scope: "std", name, latest: VERSION, versions });
  }
  const files = filesOf(name);
  if (rest === `${VERSION}_meta.json`) return json(metaOf(files));
  const source = files[rest.slice(`${VERSION}/`.length)];
  return source === undefined ? undefined : ["text/javascript", source];
}

/** Runs `body` with the address of a registry, for `JSR_URL`. */
export async function withJsrRegistry<T>(
  body: (url: string) => Promise<T>,
): Promise<T> {
  const server = createServer(({ url = "" }, response) => {
    const found = answer(url);
    response.writeHead(found ? 200 : 404, {
      "content-type": found?.[0] ?? "text/plain",
    });
    response.end(found?.[1] ?? "not found");
  });
  await new Promise<void>((go) => server.listen(0, "127.0.0.1", go));
  const { port } = server.address() as { port: number };
  try {
    return await body(`http://127.0.0.1:${port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
