/** A real browser: the Chromium that comes by npm. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { ONCE, ROOT } from "../support/runtimes.ts";

/** Options of a test that needs a browser. */
export const WITH_BROWSER: { skip: false | string } = {
  skip: ONCE.skip ||
    (existsSync(join(ROOT, "node_modules", "@sparticuz"))
      ? process.platform === "linux" && process.arch === "x64"
        ? false
        : "the Chromium of npm is for Linux on x64"
      : "it needs `npm ci`"),
};

/** A page of the browser, and everything that it should not do. */
export interface OpenPage {
  // deno-lint-ignore no-explicit-any
  page: any;
  /** Errors, console messages, and requests for anything but the file. */
  wrongs: string[];
  /**
   * Waits until an expression holds in the page. Asked from here: a page that
   * draws nothing new may have no frames in which to look.
   */
  until: (expression: string) => Promise<void>;
}

const PATIENCE_MS = 30_000;

/** Opens a browser for a while. */
export async function withBrowser(
  body: (open: (url: string) => Promise<OpenPage>) => Promise<void>,
): Promise<void> {
  const { default: chromium } = await import("@sparticuz/chromium");
  const { default: puppeteer } = await import("puppeteer-core");
  const browser = await puppeteer.launch({
    args: [...chromium.args, "--no-sandbox"],
    executablePath: await chromium.executablePath(),
    headless: "shell",
  });
  try {
    await body(async (url) => {
      const page = await browser.newPage();
      const wrongs: string[] = [];
      page.on(
        "console",
        (message) => wrongs.push(`console: ${message.text()}`),
      );
      page.on("pageerror", (error) => wrongs.push(`error: ${error}`));
      page.on("dialog", (dialog) => wrongs.push(`dialog: ${dialog.message()}`));
      page.on("request", (request) => {
        const to = request.url();
        if (to.split("#")[0] !== url.split("#")[0] && !to.startsWith("data:")) {
          wrongs.push(`request: ${to}`);
        }
      });
      await page.setViewport({ width: 1200, height: 900 });
      await page.goto(url);
      await page.waitForSelector("nav a");
      const until = async (expression: string) => {
        const endMs = performance.now() + PATIENCE_MS;
        while (!await page.evaluate(expression)) {
          if (performance.now() > endMs) {
            throw new Error(`Not so: ${expression}`);
          }
          await new Promise((go) => setTimeout(go, 20));
        }
      };
      return { page, wrongs, until };
    });
  } finally {
    await browser.close();
  }
}
