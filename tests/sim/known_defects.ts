/**
 * Defects that the simulation has found in `src/` and that are not mended yet.
 * They are counted and printed, and fail no test. Whoever mends one takes its
 * entry away, and from then on the simulation keeps it mended.
 */
import type { Finding } from "./campaign.ts";

interface Defect {
  name: string;
  where?: RegExp;
  what: RegExp;
}

export const KNOWN_DEFECTS: readonly Defect[] = [
  {
    name: "1: a failed syncDir of artifacts/ is not final for the run",
    where: /fault at operation \d+, \(syncDir "[^"]*\/artifacts"\)/,
    what: /^syncDir failed, and the run went on$|^"artifacts\/.*" is lost$/,
  },
  {
    name:
      "2: after a close that failed the next step takes the same file names, and is refused with ARTIFACT_EXISTS",
    where: /fault at operation \d+, \((?:close|open) "[^"]*\/artifacts\//,
    what: /was rejected with ARTIFACT_EXISTS/,
  },
  {
    name:
      "3: an artifact's ensureDir, open, close or syncDir fails with a bare system error",
    what:
      /was rejected with E[A-Z]+, not WRITE_FAILED: .*(?:ensureDir|open|close|syncDir) "[^"]*artifacts/,
  },
  {
    name:
      "4: the manifest can be on the disk before the names of the JSONL files are",
    what: /^the run cannot be read: .*\.jsonl": ENOENT/,
  },
  {
    name:
      "5: a stat that fails counts as a directory that is there, and durable",
    where: /fault at operation \d+, \(stat "data"\)/,
    what: /the run cannot be opened, and createRun had resolved/,
  },
  {
    name:
      "6: a directory of runs that another createRun has made is taken for durable",
    where: /two createRun at once|createRun after one that died/,
    what: /was created, and is not there: .*no such directory/,
  },
  {
    name: "7: a lock file comes back after a power loss",
    what: /the run holds (?:\S+ )*writer-[0-9a-f]{16}\.lock/,
  },
  {
    name:
      "8: the reader gives none of the good lines of a block with a bad one",
    what: /before the damage the reader gives/,
  },
  {
    name:
      "9: recoverRun reports a summary, or a run, whose name it did not sync",
    what:
      /^recovered, and then power was lost: (?:the summary is not the reported one|the run holds summary\.json\.tmp|the run cannot be opened: .*no such directory)/,
  },
  {
    name:
      "10: recoverRun finds a torn tail that was put aside, and does not sync its name",
    what: /the torn tail of \S+ was not put aside$/,
  },
];

/** Takes the known ones out of the findings, and counts them by name. */
export function sortOut(
  findings: readonly Finding[],
): { news: Finding[]; known: Map<string, number> } {
  const news: Finding[] = [];
  const known = new Map<string, number>();
  for (const finding of findings) {
    const defect = KNOWN_DEFECTS.find(({ where, what }) =>
      what.test(finding.what) && (where?.test(finding.where) ?? true)
    );
    if (!defect) news.push(finding);
    else known.set(defect.name, (known.get(defect.name) ?? 0) + 1);
  }
  return { news, known };
}
