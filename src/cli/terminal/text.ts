/**
 * Text with marks. Commands make it, and only `render.ts` turns it into what a
 * terminal gets: so there is no way past the place where recorded data is made
 * harmless.
 *
 * @module
 */

/** How a piece of text is shown. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow";

/** Text, or pieces of it, some of them marked. */
export type Text = string | StyledText | readonly Text[];

/** Text that is shown in a certain way, where the terminal can. */
export interface StyledText {
  /** How. */
  style: Style;
  /** What. */
  text: Text;
}

/** Marks text as what matters most. */
export function bold(text: Text): StyledText {
  return { style: "bold", text };
}

/** Marks text as what matters least. */
export function dim(text: Text): StyledText {
  return { style: "dim", text };
}

/** Marks text as bad. */
export function red(text: Text): StyledText {
  return { style: "red", text };
}

/** Marks text as good. */
export function green(text: Text): StyledText {
  return { style: "green", text };
}

/** Marks text as something to look at. */
export function yellow(text: Text): StyledText {
  return { style: "yellow", text };
}
