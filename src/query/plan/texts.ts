/** Conditions on texts: parts, terms, patterns, whatever the case. */
import type { PartKind } from './cell.ts';
import { any, type Part } from './compare.ts';
import * as sql from './sql.ts';

export type TextTest = 'has' | 'contains' | 'startswith' | 'endswith' | 'hasprefix' | 'hassuffix' | 'equals';

const ASCII = /^[\0-\x7f]*$/;
/** What is in no number, and in neither `true` nor `false`. */
const NO_LONG = /[^0-9-]/;
const NO_BOOLEAN = /[^truefals]/;

/**
 * A test on a text with the case of its ASCII letters folded, for comparison with an ASCII text. Besides A to Z two signs fold to ASCII: the
 * Kelvin sign to k, which `lower` does too, and the long s to s, which it does not; and it makes an i of the dotted I, which folding leaves
 * alone. `ı` stands for that: no ASCII text has it, and it is a letter too. To replace them in all texts took ten times as long as to look
 * whether they are there.
 */
function testedFolded(of: string, test: TextTest, needle: string): string {
  const plain = tested(`lower(${of})`, test, needle, of);
  const odd = [...(needle.includes('i') ? ['İ'] : []), ...(needle.includes('s') ? ['ſ'] : [])];
  if (odd.length === 0) return plain;
  const without = odd.reduce((text, sign) => `replace(${text}, '${sign}', '${sign === 'ſ' ? 's' : 'ı'}')`, of);
  const has = sql.or(odd.map((sign) => `contains(${of}, '${sign}')`));
  return `(CASE WHEN ${has} THEN ${tested(`lower(${without})`, test, needle, of)} ELSE ${plain} END)`;
}

/**
 * Whether a value's text passes a test.
 * @param needle folded already where case does not count
 * @returns null where it cannot be said in SQL
 */
export function textTest(kind: PartKind, of: string, test: TextTest, needle: string, byCase: boolean): Part {
  if (!sql.isWellFormed(needle) || (!byCase && !ASCII.test(needle))) return null;
  switch (kind) {
    case 'string':
      return byCase ? tested(of, test, needle) : testedFolded(of, test, needle);
    case 'long':
      // Most of what is looked for is in no number.
      return NO_LONG.test(needle) ? false : tested(`CAST(${of} AS VARCHAR)`, test, needle);
    case 'bool':
      return NO_BOOLEAN.test(needle) ? false : tested(`CAST(${of} AS VARCHAR)`, test, needle);
    case 'real':
      // Doubles are written differently here; none has other signs than these.
      return /[^0-9.eE+\-InfityNa]/.test(needle) ? false : null;
    case 'datetime': {
      if (/[^0-9:.TZ-]/i.test(needle)) return false;
      const written = textOfDate(of);
      return tested(byCase ? written : `lower(${written})`, test, needle);
    }
    case 'timespan':
      return /[^0-9:.-]/.test(needle) ? false : null;
    case 'list': {
      return any(of, byCase ? tested('x', test, needle) : testedFolded('x', test, needle));
    }
    default:
      return null;
  }
}

/** As the language writes a date: no more digits than there are. */
function textOfDate(micros: string): string {
  return `(rtrim(rtrim(strftime(make_timestamp(${micros}), '%Y-%m-%dT%H:%M:%S.%f'), '0'), '.') || 'Z')`;
}

/** @param raw is null where `of` is, and quicker */
function tested(of: string, test: TextTest, needle: string, raw: string = of): string {
  const value = sql.text(needle);
  switch (test) {
    case 'equals':
      return `${of} = ${value}`;
    case 'contains':
      return `contains(${of}, ${value})`;
    case 'startswith':
      return `starts_with(${of}, ${value})`;
    case 'endswith':
      return `suffix(${of}, ${value})`;
    default:
      return hasTerm(of, raw, needle, test !== 'hassuffix', test !== 'hasprefix');
  }
}

const JOINING = /[\p{L}\p{N}]/u;

/** A term ends where a letter or digit is next to something else. The plain test comes first: it is many times faster. */
function hasTerm(of: string, raw: string, needle: string, start: boolean, end: boolean): string {
  const contained = `contains(${of}, ${sql.text(needle)})`;
  const points = [...needle];
  const from = start && JOINING.test(points[0] ?? '') ? String.raw`(?:^|[^\pL\pN])` : '';
  const to = end && JOINING.test(points.at(-1) ?? '') ? String.raw`(?:$|[^\pL\pN])` : '';
  if (from === '' && to === '') return contained;
  const matches = `regexp_matches(${of}, ${sql.text(`${from}${quoted(needle)}${to}`)})`;
  // AND works out both sides for all rows; and what is null stays null.
  return `(CASE WHEN ${contained} THEN ${matches} WHEN ${raw} IS NOT NULL THEN FALSE END)`;
}

function quoted(literal: string): string {
  return literal.replace(/[^\p{L}\p{N}_ ]/gu, (sign) => `\\x{${sign.codePointAt(0)?.toString(16)}}`);
}

/** What a text test says of an absent value, whose text is empty. */
export function ofNothing(test: TextTest, needle: string): boolean {
  return needle === '' && test !== 'equals';
}

/** One piece of an expression that means the same to both engines: what stands for itself, classes written out, groups, alternatives, ends. */
const PIECE =
  /[A-Za-z0-9 _\-:/,;=@"'<>%&!#~`]|\\[.\\/$^*+?()[\]{}|-]|\\[dw]|\[(?:[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9 _.,:;@%/])+-?\]|\((?:\?:)?|\)|\||[$^]/y;
const REPEAT = /(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})\??/y;
/** `.` and what a class leaves out take half a sign outside the basic plane here: only many of them mean the same. */
const ANY = /\.(?=[*+])/y;

/**
 * An expression for RE2 that finds what the language's own finds, or null: classes that are written out, what stands for itself, groups,
 * alternatives, repeats.
 */
export function regexFor(pattern: string): string | null {
  if (!ASCII.test(pattern) || pattern.length > 1000) return null;
  let result = '';
  for (let at = 0; at < pattern.length; ) {
    ANY.lastIndex = at;
    const any = ANY.exec(pattern);
    PIECE.lastIndex = at;
    const piece = any ?? PIECE.exec(pattern);
    if (piece === null) return null;
    result += any === null ? piece[0] : String.raw`[^\n\r\x{2028}\x{2029}]`;
    at += piece[0].length;
    REPEAT.lastIndex = at;
    const repeat = REPEAT.exec(pattern);
    if (repeat !== null) {
      // `(?i)` and its kin.
      if (/[(|^]$/.test(piece[0])) return null;
      result += repeat[0];
      at += repeat[0].length;
    }
  }
  return result;
}
