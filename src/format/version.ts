/** Version of this package; a test holds it to `deno.json` and `package.json`. */
export const VERSION = "0.1.0";

/** What a manifest's `created_by` says. */
export const CREATED_BY: string = `@windtunnel/artifacts@${VERSION}`;
