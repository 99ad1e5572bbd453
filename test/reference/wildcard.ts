import { fold } from './fold.ts';

/** One place of a pattern: a code point, or a wildcard. */
export type Part = string | typeof ANY | typeof ONE | typeof DASH;
/** Any run of characters, none included. */
export const ANY = Symbol('*');
/** Exactly one code point. */
export const ONE = Symbol('?');
/** One of the characters `windash` treats alike. */
export const DASH = Symbol('dash');

/** The characters of the specification's `windash`: hyphen, slash, en dash, em dash, horizontal bar. */
export const DASHES = ['-', '/', '\u2013', '\u2014', '\u2015'];

/** Specification, "Escape Character": a backslash stands for itself unless a wildcard or a backslash follows. */
export function parseWildcards(written: string): Part[] {
  const chars = [...written];
  const parts: Part[] = [];
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] ?? '';
    const next = chars[i + 1];
    if (char === '\\' && (next === '*' || next === '?' || next === '\\')) {
      parts.push(next);
      i++;
    } else if (char === '*') parts.push(ANY);
    else if (char === '?') parts.push(ONE);
    else parts.push(char);
  }
  return parts;
}

/** Dashes and slashes that start a word (first in the value, or after white space) become one class. */
export function dashesThatStartWords(parts: readonly Part[]): Part[] {
  return parts.map((part, i) => {
    if (typeof part !== 'string' || !DASHES.includes(part)) return part;
    const before = parts[i - 1];
    return i === 0 || (typeof before === 'string' && /^\s$/u.test(before)) ? DASH : part;
  });
}

/** The text of a pattern without wildcards, else null. */
export function plainText(parts: readonly Part[]): string | null {
  let text = '';
  for (const part of parts) {
    if (typeof part !== 'string') return null;
    text += part;
  }
  return text;
}

/** Whether the whole value fits, for values prepared by `fold` unless `cased`. */
export function wholeMatcher(parts: readonly Part[], cased: boolean): (value: string) => boolean {
  const units = parts.map((part) => (typeof part === 'string' && !cased ? fold(part) : part));
  // Every run of plain characters has to occur somewhere; this only spares the walk below.
  const runs: string[] = [''];
  for (const unit of units) {
    if (typeof unit === 'string') runs.push((runs.pop() ?? '') + unit);
    else runs.push('');
  }
  const needed = runs.filter((run) => run !== '');
  return (value) => {
    for (const run of needed) if (!value.includes(run)) return false;
    return walk(units, [...value]);
  };
}

function walk(units: readonly Part[], chars: readonly string[]): boolean {
  let unit = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < chars.length) {
    const part = units[unit];
    const char = chars[at] ?? '';
    if (part === ANY) {
      star = unit++;
      starAt = at;
    } else if (part === ONE || part === char || (part === DASH && DASHES.includes(char))) {
      unit++;
      at++;
    } else if (star >= 0) {
      unit = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (units[unit] === ANY) unit++;
  return unit === units.length;
}
