/**
 * Values as pipelines see them. pySigma applies modifiers before pipelines run, so `field|endswith: \a.exe` is `*\a.exe`
 * there; here modifiers are applied later. These functions show a value in that form and put it back.
 */
import { ANY, ONE, type Pattern } from './model.ts';
import type { ParsedItem, RuleValue } from './parse.ts';
import { parseWildcards, patternText } from './pattern.ts';

/** Modifiers that say how values of an item are joined or compared, not what they are. */
const JOINING = ['all', 'neq', 'cased'];
const AFFIXES = ['contains', 'startswith', 'endswith'];

/**
 * The whole-value pattern of a text value; null when the value is no Sigma string (a number, or under `re`, `cidr`,
 * `base64`, `fieldref` …). Under `windash` the value as written, since a dash after a wildcard starts no word.
 */
export function textForm(item: ParsedItem, value: RuleValue): Pattern | null {
  const { modifiers } = item;
  if (!modifiers.every((m) => JOINING.includes(m) || AFFIXES.includes(m) || m === 'windash' || m === 'expand'))
    return null;
  // A number under `contains` is text that something contains.
  const affixed = modifiers.some((m) => AFFIXES.includes(m));
  if (typeof value !== 'string' && !(affixed && typeof value === 'number')) return null;
  const parts: Pattern[number][] = [...parseWildcards(String(value))];
  if (modifiers.includes('windash')) return parts;
  if ((modifiers.includes('contains') || modifiers.includes('endswith')) && parts[0] !== ANY) parts.unshift(ANY);
  if ((modifiers.includes('contains') || modifiers.includes('startswith')) && parts.at(-1) !== ANY) parts.push(ANY);
  return parts;
}

/** What a transformation makes of one value: null to leave it, else what stands in its place. */
export type ValueChange = (value: RuleValue, text: Pattern | null) => readonly RuleValue[] | null;

/** Texts that `change` returns are whole-value patterns with wildcards. Undefined when nothing changes. */
export function changeValues(item: ParsedItem, change: ValueChange): ParsedItem | undefined {
  const forms = item.values.map((value) => textForm(item, value));
  const changed = item.values.map((value, i) => change(value, forms[i]));
  if (changed.every((values) => values === null)) return undefined;
  const values = changed.flatMap((values, i) => {
    const form = forms[i];
    return values ?? [form === null ? item.values[i] : patternText(form)];
  });
  // Affixes now stand in the texts.
  const absorbed = !item.modifiers.includes('windash');
  const modifiers = absorbed ? item.modifiers.filter((m) => !AFFIXES.includes(m)) : item.modifiers;
  return { ...item, values: dedupe(values), modifiers };
}

/** The item with a value of another kind in place of all its values: only joining modifiers still apply. */
export function replaceValues(item: ParsedItem, values: readonly RuleValue[]): ParsedItem {
  return { ...item, values: dedupe(values), modifiers: item.modifiers.filter((m) => JOINING.includes(m)) };
}

function dedupe(values: readonly RuleValue[]): RuleValue[] {
  return [...new Set(values)];
}

/** As pySigma's `str(value)`: wildcards and literal stars look the same. */
export function shownText(pattern: Pattern): string {
  return pattern.map((part) => (typeof part === 'string' ? part : part === ANY ? '*' : '?')).join('');
}

/** One character of a pattern and how it looks in the plain form, where a literal `*` or `?` has a backslash. */
export interface Piece {
  readonly text: string;
  readonly part: Pattern[number];
}

export function pieces(pattern: Pattern): Piece[] {
  return pattern.flatMap((part): Piece[] => {
    if (typeof part !== 'string') return [{ text: part === ANY ? '*' : '?', part }];
    return [...part].map((c) => ({ text: c === '*' || c === '?' ? `\\${c}` : c, part: c }));
  });
}

/** Reads the plain form back: a backslash is itself unless a wildcard follows. */
export function parsePlain(text: string): Pattern {
  return [...text.matchAll(/\\[*?]|[\s\S]/gu)].map(([c]) => {
    if (c === '*') return ANY;
    if (c === '?') return ONE;
    return c.length === 2 && c.startsWith('\\') ? c[1] : c;
  });
}

/** Neighbouring literals joined, runs of `*` made one. */
export function normalised(parts: Pattern): Pattern {
  const out: Pattern[number][] = [];
  for (const part of parts) {
    const last = out[out.length - 1];
    if (typeof part === 'string' && typeof last === 'string') out[out.length - 1] = last + part;
    else if (part !== '' && !(part === ANY && last === ANY)) out.push(part);
  }
  return out;
}
