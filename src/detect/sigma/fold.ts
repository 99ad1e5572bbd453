/**
 * Unicode simple case folding (CaseFolding.txt, statuses C and S), code point by code point, without normalisation: the
 * one meaning of "case-insensitive" for engine, twin, hunt and `re|i`. `K` (Kelvin) folds to `k`, `ſ` to `s`, `ẞ` to `ß`;
 * `İ` and `ı` fold to nothing else.
 */
import { FOLD_RUNS } from './fold-table.ts';

/** UTF-16 unit → folded unit. No folding leaves its plane, so units of the BMP fold to one unit. */
let bmp: Uint16Array | undefined;
/** Code points beyond the BMP → folded code point. */
let astral: Map<number, number> | undefined;
/** Folded code point → every other code point that folds to it. */
let preimages: Map<number, number[]> | undefined;

function build(): Uint16Array {
  const units = new Uint16Array(0x10000);
  for (let unit = 0; unit < 0x10000; unit++) units[unit] = unit;
  const beyond = new Map<number, number>();
  const classes = new Map<number, number[]>();
  for (const run of FOLD_RUNS.trim().split(',')) {
    if (run === '') continue;
    const [first, count, step, distance] = run.trim().split(' ').map(Number);
    for (let i = 0; i < count; i++) {
      const from = first + i * step;
      const to = from + distance;
      if (from < 0x10000) units[from] = to;
      else beyond.set(from, to);
      const known = classes.get(to);
      if (known === undefined) classes.set(to, [from]);
      else known.push(from);
    }
  }
  bmp = units;
  astral = beyond;
  preimages = classes;
  return units;
}

/** Folded form of a text; lone surrogates stay. ASCII costs one scan and `toLowerCase`. */
export function foldSimple(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range
  if (!/[^\x00-\x7f]/.test(text)) return text.toLowerCase();
  const units = bmp ?? build();
  let out = '';
  let copied = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00) {
      const code = text.codePointAt(i) ?? unit;
      if (code > 0xffff) {
        const to = astral?.get(code);
        if (to !== undefined) {
          out += text.slice(copied, i) + String.fromCodePoint(to);
          copied = i + 2;
        }
        i++;
      }
      continue;
    }
    const to = units[unit];
    if (to === unit) continue;
    out += text.slice(copied, i) + String.fromCharCode(to);
    copied = i + 1;
  }
  return copied === 0 ? text : out + text.slice(copied);
}

/** UTF-16 unit → folded unit, for all of the basic plane. */
export function foldedUnits(): Uint16Array {
  return bmp ?? build();
}

/** Folded form of one code point. */
export function foldCodePoint(code: number): number {
  const units = bmp ?? build();
  return code < 0x10000 ? units[code] : (astral?.get(code) ?? code);
}

/** Every code point that folds to the same one as `code`, itself included, in ascending order. */
export function foldClass(code: number): readonly number[] {
  const folded = foldCodePoint(code);
  const others = preimages?.get(folded);
  return others === undefined ? [folded] : [folded, ...others].sort((a, b) => a - b);
}

/** Folded code points that have others folding to them, with those others: what a folding table in the kernel is built from. */
export function foldClasses(): ReadonlyMap<number, readonly number[]> {
  if (preimages === undefined) build();
  return preimages ?? new Map();
}
