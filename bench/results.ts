/** What was measured: by part, and by runtime. */
import type { Artifacts } from "./artifacts.ts";
import type { CommandLine } from "./command_line.ts";
import type { Delays } from "./delay.ts";
import type { Durable } from "./durable.ts";
import type { Growth } from "./growth.ts";
import type { Quick } from "./quick.ts";
import type { Reading } from "./reading.ts";
import type { Runtime } from "./runtimes.ts";
import type { Validation } from "./validation.ts";
import type { Written } from "./written.ts";

export type ByRuntime<T> = Partial<Record<Runtime, T>>;

export interface Results {
  versions: ByRuntime<string>;
  quick: ByRuntime<Quick>;
  written: ByRuntime<Written>;
  validation: ByRuntime<Validation>;
  durable: ByRuntime<Durable>;
  delay: ByRuntime<Delays>;
  growth: ByRuntime<Growth[]>;
  artifacts: ByRuntime<Artifacts>;
  reading: ByRuntime<Reading>;
  commandLine: ByRuntime<CommandLine>;
}

export type Part = Exclude<keyof Results, "versions">;

export const noResults = (): Results => ({
  versions: {},
  quick: {},
  written: {},
  validation: {},
  durable: {},
  delay: {},
  growth: {},
  artifacts: {},
  reading: {},
  commandLine: {},
});
