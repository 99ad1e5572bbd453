/** JSON and values: integers keep all their digits, objects the order of their keys. */
import { formatDateTime, formatTimeSpan } from './time.ts';
import { Bag, DateTime, List, numberOf, TimeSpan, type Value } from './value.ts';

/** Lists and objects in one another; what goes deeper is not read. */
export const JSON_DEPTH_MAX = 64;

const BLANK = /[ \t\r\n]*/y;
/** What stands in a text as it is, and an escape. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has them escaped only
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const WORDS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

/** Where one JSON value ends, and what it is. */
export interface ReadJson {
  readonly value: Value;
  readonly end: number;
}

/** One JSON value that begins at an offset, or null. Of keys that occur twice the last wins. Linear in the text. */
export function readJson(text: string, offset = 0): ReadJson | null {
  let at = offset;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  };
  const quoted = (): string | null => {
    const start = at;
    if (text[at] !== '"') return null;
    at++;
    do take(PLAIN);
    while (take(ESCAPE) !== null);
    if (text[at] !== '"') return null;
    at++;
    return JSON.parse(text.slice(start, at)) as string;
  };
  const sign = (char: string): boolean => {
    take(BLANK);
    if (text[at] !== char) return false;
    at++;
    return true;
  };
  const value = (depth: number): Value | undefined => {
    take(BLANK);
    const char = text[at];
    if (char === '[' || char === '{') {
      at++;
      if (depth >= JSON_DEPTH_MAX) return undefined;
      return char === '[' ? list(depth + 1) : bag(depth + 1);
    }
    if (char === '"') return quoted() ?? undefined;
    const digits = take(NUMBER);
    if (digits !== null) return numberOf(digits) ?? Number(digits);
    const word = take(WORD);
    return word === null ? undefined : WORDS[word];
  };
  const list = (depth: number): List | undefined => {
    const items: Value[] = [];
    if (sign(']')) return new List(items);
    do {
      const item = value(depth);
      if (item === undefined) return undefined;
      items.push(item);
    } while (sign(','));
    return sign(']') ? new List(items) : undefined;
  };
  const bag = (depth: number): Bag | undefined => {
    const entries = new Map<string, Value>();
    if (sign('}')) return new Bag(entries);
    do {
      take(BLANK);
      const key = quoted();
      if (key === null || !sign(':')) return undefined;
      const item = value(depth);
      if (item === undefined) return undefined;
      entries.set(key, item);
    } while (sign(','));
    return sign('}') ? new Bag(entries) : undefined;
  };
  const read = value(0);
  if (read === undefined) return null;
  take(BLANK);
  return { value: read, end: at };
}

/** The value of a text that is one JSON value and nothing else; undefined where it is none. */
export function parseJson(text: string): Value | undefined {
  const read = readJson(text);
  return read !== null && read.end === text.length ? read.value : undefined;
}

/** A value as JSON: dates and spans as texts, numbers that JSON lacks as null. */
export function formatJson(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return Number.isFinite(value) ? formatReal(value) : 'null';
  if (value instanceof DateTime) return `"${formatDateTime(value)}"`;
  if (value instanceof TimeSpan) return `"${formatTimeSpan(value)}"`;
  if (value instanceof List) return `[${value.items.map(formatJson).join(',')}]`;
  if (value instanceof Bag) {
    return `{${[...value.entries].map(([key, item]) => `${JSON.stringify(key)}:${formatJson(item)}`).join(',')}}`;
  }
  return String(value);
}

/** With a point or an exponent, so that it is read as a real again. */
function formatReal(value: number): string {
  const text = Object.is(value, -0) ? '-0.0' : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
