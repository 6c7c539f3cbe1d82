/** Real browsers: the Chromium that comes by npm, and a Firefox where there is one. */
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

/** `FIREFOX=/path/to/firefox`, or where Debian has it. */
const FIREFOX = [process.env.FIREFOX, "/usr/bin/firefox-esr"].find((path) =>
  path && existsSync(path)
);

/** Options of a test that needs a Firefox. */
export const WITH_FIREFOX: { skip: false | string } = {
  skip: WITH_BROWSER.skip ||
    (FIREFOX ? false : "there is no Firefox here: FIREFOX=<path> names one"),
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

async function launch(name: "chromium" | "firefox") {
  const { default: puppeteer } = await import("puppeteer-core");
  if (name === "firefox") {
    return await puppeteer.launch({
      browser: "firefox",
      executablePath: FIREFOX!,
      headless: true,
      // It knows only some of what makes a viewport.
      defaultViewport: null,
      args: ["--width=1200", "--height=900"],
    });
  }
  const { default: chromium } = await import("@sparticuz/chromium");
  return await puppeteer.launch({
    args: [...chromium.args, "--no-sandbox"],
    executablePath: await chromium.executablePath(),
    headless: "shell",
    defaultViewport: { width: 1200, height: 900 },
  });
}

/**
 * Opens a browser for a while. A page asks for nothing but its own file, and for
 * what its origin has, where one is given.
 */
export async function withBrowser(
  body: (
    open: (url: string, origin?: string) => Promise<OpenPage>,
  ) => Promise<void>,
  name: "chromium" | "firefox" = "chromium",
): Promise<void> {
  const browser = await launch(name);
  try {
    await body(async (url, origin) => {
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
        const isOwn = to.split("#")[0] === url.split("#")[0] ||
          origin !== undefined && to.startsWith(origin);
        if (!isOwn && !to.startsWith("data:")) {
          wrongs.push(`request: ${to}`);
        }
      });
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
