/**
 * Writes the artifact files of one instance.
 *
 * @module
 */
import type { InstanceTimeline, InstanceTrace } from "../../mod.ts";
import { labelled } from "./step_messages_view.ts";
import { formatBytes, formatInteger, pluralize } from "./terminal/format.ts";
import type { Screen } from "./terminal/screen.ts";
import { bold, dim } from "./terminal/text.ts";

const FILES_SHOWN_MAX = 20;

/** Types that are listed first, and others that have a name, by extension. */
const TYPES: readonly [type: string, rank: number, extensions: RegExp][] = [
  ["image", 0, /\.(?:png|jpe?g|webp|gif|avif|bmp|svg)$/i],
  ["video", 1, /\.(?:webm|mp4|mov)$/i],
  ["trace", 1, /(?:trace[^/]*\.(?:zip|json)|\.har|\.trace)$/i],
  ["page", 2, /\.html?$/i],
  ["log", 2, /\.log$/i],
  ["archive", 3, /\.(?:zip|t?gz|tar)$/i],
  ["PDF", 3, /\.pdf$/i],
  ["JSON", 3, /\.jsonl?$/i],
  ["text", 3, /\.(?:txt|md|csv|xml|ya?ml)$/i],
];

/**
 * Writes size, type and path of each artifact: screenshots first, then videos and
 * traces. The requests and responses of steps, which are shown with their steps,
 * are only counted, unless all is to be shown.
 */
export function writeArtifacts(
  screen: Screen,
  { artifacts }: InstanceTrace,
  { steps }: InstanceTimeline,
  full: boolean,
): void {
  const messages = new Set(
    steps.flatMap(({ request, response }) => [request?.path, response?.path]),
  );
  const files = artifacts.filter(({ path }) => full || !messages.has(path))
    .map((file) => ({ file, ...typeOf(file.name) }))
    .sort((a, b) => a.rank - b.rank);
  if (files.length === 0) return;
  screen.line();
  screen.line(bold("files"));
  const shown = full ? files : files.slice(0, FILES_SHOWN_MAX);
  for (const { file, type } of shown) {
    screen.line(
      labelled(type, `${formatBytes(file.size).padStart(9)}  ${file.path}`),
    );
  }
  const more = files.length - shown.length;
  if (more > 0) {
    screen.line(
      labelled("", dim(`… ${formatInteger(more)} more: --full`)),
    );
  }
  const ofSteps = artifacts.length - files.length;
  if (ofSteps > 0) {
    screen.line(
      labelled(
        "",
        dim(`and ${pluralize(ofSteps, "files")} of the steps above`),
      ),
    );
  }
}

function typeOf(name: string): { type: string; rank: number } {
  const found = TYPES.find(([, , extensions]) => extensions.test(name));
  return found ? { type: found[0], rank: found[1] } : { type: "file", rank: 4 };
}
