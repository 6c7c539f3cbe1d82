/**
 * A word of a command line, for a POSIX shell.
 *
 * @module
 */

/** Quotes a word for a POSIX shell, where it needs to be quoted. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`;
}
