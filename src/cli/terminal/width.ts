/**
 * How many terminal columns a text takes, and cutting it to fit. Widths are those of Unicode Standard Annex 11 (wide and
 * full-width: 2), grapheme by grapheme; combining marks and format characters take none.
 */

/** Ranges of code points with East_Asian_Width W or F, without emoji (Unicode 16, EastAsianWidth.txt; unassigned gaps closed). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x3247],
  [0x3250, 0x4dbf],
  [0x4e00, 0xa4c6],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6b],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x1b2fb],
  [0x1f200, 0x1f2ff],
  [0x20000, 0x3fffd],
];

const EMOJI = /^\p{Emoji_Presentation}|\ufe0f/u;
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]+$/u;
const PLAIN = /^[\x20-\x7e]*$/;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function graphemeWidth(grapheme: string): number {
  const code = grapheme.codePointAt(0) ?? 0;
  if (code < 0x300) return NO_WIDTH.test(grapheme) ? 0 : 1;
  if (NO_WIDTH.test(grapheme)) return 0;
  if (EMOJI.test(grapheme)) return 2;
  for (const [first, last] of WIDE) {
    if (code < first) return 1;
    if (code <= last) return 2;
  }
  return 1;
}

/** Columns `text` takes on a terminal; it must hold no escape sequences. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** `text` cut to at most `columns`, ending in `mark` where something was cut off. Never splits a grapheme. */
export function truncate(text: string, columns: number, mark = '…'): string {
  if (columns <= 0) return '';
  // A grapheme may be long (stacked marks); what lies far beyond the width is not even looked at.
  const near = text.length > columns * 16 ? text.slice(0, columns * 16) : text;
  if (near.length === text.length && displayWidth(text) <= columns) return text;
  const room = columns - mark.length;
  if (room < 0) return mark.slice(0, columns);
  let kept = '';
  let width = 0;
  for (const { segment } of graphemes.segment(near)) {
    width += graphemeWidth(segment);
    if (width > room) break;
    kept += segment;
  }
  return kept + mark;
}

/** Cut or padded with spaces to exactly `columns`. */
export function fit(text: string, columns: number, align: 'left' | 'right' = 'left', mark = '…'): string {
  const cut = truncate(text, columns, mark);
  const padding = ' '.repeat(Math.max(0, columns - displayWidth(cut)));
  return align === 'left' ? cut + padding : padding + cut;
}
