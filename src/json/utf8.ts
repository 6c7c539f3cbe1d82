/**
 * Writes texts and numbers of JSON as UTF-8 into the buffer of one line.
 *
 * A writer that cannot say a value in JSON, or has no room for it, returns -1.
 *
 * @module
 */

/** Maximum length of a line that is written here, in bytes. */
export const LINE_BYTES_MAX: number = 256 * 1024;
/** Room that is free behind any place where a key is written. */
export const ROOM_BYTES = 512;

const buffer = new ArrayBuffer(LINE_BYTES_MAX + ROOM_BYTES);
/** The line at hand: one for the program, for it is copied before anything else runs. */
export const line: Uint8Array = new Uint8Array(buffer);
/** The same bytes. */
export const view: DataView = new DataView(buffer);

/** Texts from this length on are encoded by the runtime. */
const LOOP_CHARS_MAX = 160;
// deno-lint-ignore no-control-regex
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;
const encoder = new TextEncoder();

/** Letters after a backslash, by what they stand for. */
const ESCAPES = new Uint8Array(128);
for (
  const [char, letter] of ['""', "\\\\", "\bb", "\ff", "\nn", "\rr", "\tt"]
) {
  ESCAPES[char!.charCodeAt(0)] = letter!.charCodeAt(0);
}

/** Writes a text with its quotes; returns where it ends. */
export function writeText(text: string, pos: number): number {
  const { length } = text;
  if (length > LOOP_CHARS_MAX) return writeLongText(text, pos);
  if (pos + 6 * length + 2 > LINE_BYTES_MAX) return -1;
  line[pos++] = 34;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 126 || code < 32 || code === 34 || code === 92) {
      return writeOddText(text, i, pos);
    }
    line[pos++] = code;
  }
  line[pos] = 34;
  return pos + 1;
}

function writeLongText(text: string, pos: number): number {
  const isOdd = NEEDS_ESCAPE.test(text);
  const json = isOdd ? JSON.stringify(text) : text;
  if (pos + 3 * json.length + 2 > LINE_BYTES_MAX) return -1;
  if (isOdd) return pos + encoder.encodeInto(json, line.subarray(pos)).written;
  line[pos++] = 34;
  pos += encoder.encodeInto(json, line.subarray(pos)).written;
  line[pos] = 34;
  return pos + 1;
}

/** From the `i`th code unit on; ends with the quote. */
function writeOddText(text: string, i: number, pos: number): number {
  for (const { length } = text; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) {
      if (code >= 32 && code !== 34 && code !== 92) line[pos++] = code;
      else pos = writeEscape(code, pos);
    } else if (code < 0x800) {
      line[pos++] = 0xc0 | code >> 6;
      line[pos++] = 0x80 | code & 63;
    } else if (code < 0xd800 || code > 0xdfff) {
      line[pos++] = 0xe0 | code >> 12;
      line[pos++] = 0x80 | code >> 6 & 63;
      line[pos++] = 0x80 | code & 63;
    } else {
      const low = code < 0xdc00 && i + 1 < length ? text.charCodeAt(++i) : 0;
      // Half a pair: rare, and JSON.stringify escapes it.
      if (low < 0xdc00 || low > 0xdfff) return -1;
      const point = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      line[pos++] = 0xf0 | point >> 18;
      line[pos++] = 0x80 | point >> 12 & 63;
      line[pos++] = 0x80 | point >> 6 & 63;
      line[pos++] = 0x80 | point & 63;
    }
  }
  line[pos] = 34;
  return pos + 1;
}

function writeEscape(code: number, pos: number): number {
  line[pos++] = 92;
  const letter = ESCAPES[code]!;
  if (letter !== 0) {
    line[pos] = letter;
    return pos + 1;
  }
  const low = code & 15;
  line[pos] = 117;
  line[pos + 1] = 48;
  line[pos + 2] = 48;
  line[pos + 3] = 48 + (code >> 4);
  line[pos + 4] = low < 10 ? 48 + low : 87 + low;
  return pos + 5;
}

/** Writes a number; returns where it ends. */
export function writeNumber(value: number, pos: number): number {
  if (value >= 0 && value < 1e9) {
    const whole = value | 0;
    if (whole === value) {
      return whole === 0 && 1 / value < 0 ? -1 : writeDigits(whole, pos);
    }
    const thousandths = Math.round(value * 1000);
    if (thousandths / 1000 === value) {
      pos = writeDigits(whole, pos);
      return writeFraction(thousandths - whole * 1000 | 0, pos);
    }
  }
  if (value - value !== 0) return -1; // NaN, an infinity.
  const text = "" + value;
  for (let i = 0; i < text.length; i++) line[pos + i] = text.charCodeAt(i);
  return pos + text.length;
}

function writeFraction(thousandths: number, pos: number): number {
  const tenths = thousandths / 100 | 0;
  const below = thousandths - tenths * 100;
  const hundredths = below / 10 | 0;
  const last = below - hundredths * 10;
  line[pos] = 46;
  line[pos + 1] = 48 + tenths;
  line[pos + 2] = 48 + hundredths;
  line[pos + 3] = 48 + last;
  return last > 0 ? pos + 4 : hundredths > 0 ? pos + 3 : pos + 2;
}

function writeDigits(value: number, pos: number): number {
  let count = 1;
  for (let bound = 10; bound <= value; bound *= 10) count++;
  for (let at = pos + count - 1; at >= pos; at--) {
    const rest = value / 10 | 0;
    line[at] = 48 + value - rest * 10;
    value = rest;
  }
  return pos + count;
}
