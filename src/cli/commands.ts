/**
 * The commands of `wta`, in the order in which they are needed.
 *
 * @module
 */
import type { Command } from "./command.ts";
import { compare } from "./commands/compare.ts";
import { exportCommand } from "./commands/export.ts";
import { failures } from "./commands/failures.ts";
import { follow } from "./commands/follow.ts";
import { instance } from "./commands/instance.ts";
import { list } from "./commands/list.ts";
import { assertions, instances, steps } from "./commands/records.ts";
import { recover } from "./commands/recover.ts";
import { replay } from "./commands/replay.ts";
import { schema } from "./commands/schema.ts";
import { show } from "./commands/show.ts";
import { verify } from "./commands/verify.ts";

/** All of them. */
export const COMMANDS: readonly Command[] = [
  list,
  show,
  failures,
  instance,
  instances,
  steps,
  assertions,
  follow,
  compare,
  replay,
  exportCommand,
  verify,
  recover,
  schema,
];
