/**
 * Commands to go on with, as they can be pasted into a shell.
 *
 * @module
 */

/** `wta instance latest inst_028` */
export function commandLine(...words: string[]): string {
  return ["wta", ...words.map(quote)].join(" ");
}

/** The options that lead another command to the same run. */
export function sameDir(dir: string): string[] {
  return dir === "runs" ? [] : ["--dir", dir];
}

/** POSIX quoting, for words that a shell would not take as they are. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) || word.startsWith("<")
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`;
}
