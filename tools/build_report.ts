/**
 * Builds the page of reports, `tools/report_page/`, into the module
 * `src/report/page.ts`: `node tools/build_report.ts`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PAGE = join(ROOT, "tools", "report_page");

/** The module that `src/report/page.ts` is to be. */
export async function builtPage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(PAGE, "main.tsx")],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["chrome120", "firefox120", "safari17"],
    jsx: "automatic",
    jsxImportSource: "preact",
    charset: "ascii",
    legalComments: "none",
  });
  const css = readFileSync(join(PAGE, "style.css"), "utf8");
  const style = await transform(css, { loader: "css", minify: true });
  return `/**
 * The page of reports, built by \`node tools/build_report.ts\`: change
 * \`tools/report_page/\` instead. It holds preact (MIT, https://preactjs.com).
 *
 * @module
 */
// deno-fmt-ignore-file

/** Its script. */
export const PAGE_SCRIPT: string = ${textOf(outputFiles[0]!.text)};

/** Its style. */
export const PAGE_STYLE: string = ${textOf(style.code)};
`;
}

/** As a literal that cannot end the element it stands in. */
function textOf(code: string): string {
  return JSON.stringify(
    code.trim().replaceAll("</script", "<\\/script").replaceAll(
      "<!--",
      "<\\!--",
    ),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(ROOT, "src", "report", "page.ts"), await builtPage());
}
