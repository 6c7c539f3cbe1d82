/**
 * Text with styles, which only `render.ts` turns into output.
 *
 * @module
 */

/** A style of text. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow";

/** Text, or parts of it, with or without a style. */
export type Text = string | StyledText | readonly Text[];

/** Text with a style, where the terminal can show it. */
export interface StyledText {
  style: Style;
  text: Text;
}

/** Text that matters most. */
export function bold(text: Text): StyledText {
  return { style: "bold", text };
}

/** Text that matters least. */
export function dim(text: Text): StyledText {
  return { style: "dim", text };
}

/** Bad news. */
export function red(text: Text): StyledText {
  return { style: "red", text };
}

/** Good news. */
export function green(text: Text): StyledText {
  return { style: "green", text };
}

/** A warning. */
export function yellow(text: Text): StyledText {
  return { style: "yellow", text };
}
