/** The runtimes that are measured. */
export const RUNTIMES = ["node", "deno", "bun"] as const;
export type Runtime = typeof RUNTIMES[number];
