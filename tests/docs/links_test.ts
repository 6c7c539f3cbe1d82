/** The links of the published documents lead to published files and headings. */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { test } from "node:test";
import { ROOT } from "../support/runtimes.ts";

const PUBLISHED: string[] = JSON.parse(
  readFileSync(join(ROOT, "deno.json"), "utf8"),
).publish.include;

const pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
  .concat(globSync("docs/*.md", { cwd: ROOT }).sort());

const read = (page: string) => readFileSync(join(ROOT, page), "utf8");

function isPublished(file: string): boolean {
  return PUBLISHED.some((name) =>
    name.endsWith("/") ? file.startsWith(name) : file === name
  );
}

/** The anchors of a page, as GitHub, npm and JSR make them of its headings. */
function anchorsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!.toLowerCase().replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-")
  );
}

for (const page of pages) {
  test(`the links of ${page} lead somewhere`, () => {
    assert.ok(isPublished(page));
    const text = read(page).replaceAll(/^```[\s\S]*?^```/gm, "");
    for (const [link, target] of text.matchAll(/\]\(([^)\s]+)[^)]*\)/g)) {
      if (/^https?:/.test(target!)) continue;
      const [path, anchor] = target!.split("#");
      const file = path === ""
        ? page
        : posix.normalize(posix.join(posix.dirname(page), path!));
      assert.ok(existsSync(join(ROOT, file)), `${link} leads nowhere`);
      assert.ok(isPublished(file), `${link} leads to what is not published`);
      if (anchor) assert.ok(anchorsOf(file).includes(anchor), link);
    }
  });
}

test("the README has at most 200 lines and leads to every page", () => {
  const text = read("README.md");
  assert.ok(text.trimEnd().split("\n").length <= 200);
  for (const page of pages.filter((page) => page !== "README.md")) {
    assert.ok(text.includes(`(${page})`), page);
  }
});
