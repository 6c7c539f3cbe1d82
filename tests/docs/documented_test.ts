/** Every exported function and every method of an exported class has an example. */
import assert from "node:assert/strict";
import { cp, readFile, writeFile } from "node:fs/promises";
import { globSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { finish, ROOT, WITH_ALL_RUNTIMES } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** A declaration, as `deno doc --json` gives it: what is looked at here. */
interface Declaration {
  kind: string;
  name?: string;
  accessibility?: "private" | "protected";
  jsDoc?: { doc?: string; tags?: { kind: string }[] };
  def?: { methods?: Declaration[] };
}

const hasTag = ({ jsDoc }: Declaration, kind: string): boolean =>
  jsDoc?.tags?.some((tag) => tag.kind === kind) ?? false;

/**
 * The declarations of each exported function and method, by name: overloads have
 * several. `deno doc` runs in a copy where packages stand empty, as it must
 * resolve them and needs nothing of them.
 */
async function callables(dir: string): Promise<Map<string, Declaration[]>> {
  await cp(join(ROOT, "src"), join(dir, "src"), { recursive: true });
  await cp(join(ROOT, "mod.ts"), join(dir, "mod.ts"));
  await writeFile(join(dir, "empty.ts"), "");
  const imports: Record<string, string> = {};
  for (const file of globSync("src/**/*.ts", { cwd: ROOT })) {
    const code = await readFile(join(ROOT, file), "utf8");
    for (
      const [, name] of code.matchAll(/(?:from|import\() ?"([@\w][^":]*)"/g)
    ) {
      imports[name!] = "./empty.ts";
    }
  }
  await writeFile(join(dir, "deno.json"), JSON.stringify({ imports }));
  const { exports } = JSON.parse(
    await readFile(join(ROOT, "deno.json"), "utf8"),
  );
  const { code, stdout, stderr } = await finish(
    join(ROOT, "node_modules", ".bin", "deno"),
    ["doc", "--json", "--quiet", ...Object.values<string>(exports)],
    dir,
  );
  assert.equal(code, 0, stderr);
  const modules: {
    symbols: { name: string; declarations: Declaration[] }[];
  }[] = Object.values(JSON.parse(stdout).nodes);
  const found = new Map<string, Declaration[]>();
  const add = (name: string, declaration: Declaration) =>
    found.set(name, [...found.get(name) ?? [], declaration]);
  for (const { name, declarations } of modules.flatMap((m) => m.symbols)) {
    for (const declaration of declarations) {
      if (declaration.kind === "function") add(name, declaration);
      for (const method of declaration.def?.methods ?? []) {
        const isHidden = method.accessibility || hasTag(method, "internal");
        if (declaration.kind !== "class" || isHidden) continue;
        if (method.kind === "method") add(`${name}.${method.name}`, method);
      }
    }
  }
  return found;
}

test(
  "every exported function and method has an example",
  WITH_ALL_RUNTIMES,
  () =>
    withTempDir(async (dir) => {
      const found = await callables(dir);
      assert.ok(found.has("createRun") && found.has("RunReader.steps"));
      assert.ok(found.size > 50, `${found.size}`);
      const missing = [...found].filter(([, declarations]) =>
        !declarations.some((declaration) => hasTag(declaration, "example"))
      );
      assert.deepEqual(missing.map(([name]) => name), []);
    }),
);
