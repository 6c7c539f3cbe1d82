/**
 * The page around the parts of a report, and what it is allowed to do.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { encodeBase64 } from "@std/encoding/base64";
import { PAGE_SCRIPT, PAGE_STYLE } from "./page.ts";

/** What the page may do: run its own script, and load nothing. */
const POLICY: readonly string[] = [
  "default-src 'none'",
  `script-src '${hashOf(PAGE_SCRIPT)}'`,
  `style-src '${hashOf(PAGE_STYLE)}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
];

/** A live page also asks the server that it came from. */
export const LIVE_POLICY: string = [
  ...POLICY,
  "connect-src 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** The page up to its parts. */
export function pageStart(title: string): string {
  return start(
    title,
    `<meta http-equiv="Content-Security-Policy" content="${POLICY.join("; ")}">
`,
    "",
  );
}

/** The page after its parts. */
export const PAGE_END: string =
  `<script>${PAGE_SCRIPT}</script>\n</body>\n</html>\n`;

/** A page without parts, which asks for them; its policy is in a header. */
export function livePage(title: string): string {
  return start(title, "", " data-live") + PAGE_END;
}

function start(title: string, policy: string, attributes: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${policy}<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<div id="page"${attributes}></div>
`;
}

function hashOf(text: string): string {
  return `sha256-${encodeBase64(sha256(new TextEncoder().encode(text)))}`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
