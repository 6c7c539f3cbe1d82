/**
 * Decides whether a process that a lock names can be looked up from here.
 *
 * @module
 */
import type { ProcessIdentity } from "./file_system.ts";

/** What the system says of a process id. */
export interface ProcessState {
  /** One letter, as in proc_pid_stat(5): `"Z"` is a zombie, `"T"` is stopped. */
  state: string;
  /** When it started, as in {@linkcode ProcessIdentity}. */
  started: string;
}

/** A boot time that is computed from the uptime is off by so much at most. */
const BOOT_SECONDS_APART = 120;

/**
 * Whether a process is one of this system: the same boot, and the same PID
 * namespace, in which its id means the same. What is not known is never here.
 */
export function isHere(here: ProcessIdentity, there: ProcessIdentity): boolean {
  return here.boot !== null && here.pid_namespace !== null &&
    isSameBoot(here.boot, there.boot) &&
    here.pid_namespace === there.pid_namespace;
}

/** The boot where the system has no id for it: by its time. */
export function bootAt(system: string, bootSeconds: number): string {
  return `${system} ${Math.round(bootSeconds)}`;
}

/** Whether two names of a boot are of the same one. */
export function isSameBoot(a: string, b: string | null | undefined): boolean {
  if (a === b) return true;
  const [systemA, secondsA] = a.split(" ");
  const [systemB, secondsB] = (b ?? "").split(" ");
  return secondsA !== undefined && systemA === systemB &&
    Math.abs(Number(secondsA) - Number(secondsB)) <= BOOT_SECONDS_APART;
}

/**
 * Whether a process still runs, by what the system says of its id: a zombie does
 * not, one that is stopped may or may not go on, and an id with another start is
 * another process.
 */
export function isStillRunning(
  holder: ProcessIdentity,
  found: ProcessState,
): boolean | undefined {
  if (holder.started !== null && holder.started !== found.started) {
    return false;
  }
  if (found.state === "Z" || found.state === "X") return false;
  return found.state === "T" || found.state === "t" ? undefined : true;
}

/** The state of a process in the text of `/proc/<pid>/stat`. */
export function parseStat(stat: string): ProcessState {
  // The name of the program comes before, and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", started: fields[19] ?? "" };
}
