/**
 * Formats numbers and times for people.
 *
 * @module
 */

const NAMES_SHOWN_MAX = 4;

/** `366.9 kB` */
export function formatBytes(size: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

/** `12.5 ms`, `1.48 s`, `2 min 5 s`, `3 h 20 min` */
export function formatDuration(ms: number): string {
  if (ms < 999.95) return `${ms.toFixed(1)} ms`;
  if (ms < 59_995) return `${(ms / 1000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  }
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `2024-01-15 10:30:00 UTC` */
export function formatTime(timestamp: string): string {
  return `${timestamp.slice(0, 10)} ${timestamp.slice(11, 19)} UTC`;
}

/** `2024-01-15 10:30`, in UTC */
export function formatMinute(timestamp: string): string {
  return `${timestamp.slice(0, 10)} ${timestamp.slice(11, 16)}`;
}

/** `95 %`, `99.97 %`; rounded down, so that only all is `100 %`. */
export function formatPercent(rate: number): string {
  const shown = Math.floor(rate * 100) / 100;
  return `${shown} %`;
}

/** `1 step`, `12,345 steps`; `units` is the plural. */
export function pluralize(number: number, units: string): string {
  return `${formatInteger(number)} ${number === 1 ? singular(units) : units}`;
}

/** `checkout, refund`; of many names the first ones: `a, b, c, d, 296 more` */
export function formatNames(names: readonly string[]): string {
  const shown = names.length <= NAMES_SHOWN_MAX + 1
    ? names
    : names.slice(0, NAMES_SHOWN_MAX);
  const more = names.length - shown.length;
  return [...shown, ...(more > 0 ? [`${formatInteger(more)} more`] : [])]
    .join(", ");
}

/** `12,345` */
export function formatInteger(number: number): string {
  return number.toLocaleString("en-US");
}

function singular(units: string): string {
  return units.endsWith("ies")
    ? `${units.slice(0, -3)}y`
    : units.replace(/s$/, "");
}
