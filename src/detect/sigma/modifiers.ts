/**
 * The value modifiers of specification 2.1 (appendix "Sigma Modifiers") and of pySigma: one row of {@link MODIFIERS}
 * each. A value starts as a draft; modifiers change it in the order written; {@link testOf} makes a test of it.
 */
import { base64, base64Offsets, type Utf16, utf16Bytes } from './encode.ts';
import { ANY, type CompareOp, DASH, ONE, type Pattern, type Test, type TimePart } from './model.ts';
import { networkError } from './network.ts';
import { canonicalDecimal, isCanonicalDecimal } from './number.ts';
import type { RuleValue } from './parse.ts';
import { dashesToClass, mapLiterals, parseWildcards } from './pattern.ts';
import { RegexError, translateRegex } from './regex.ts';

/** Text with the wildcards that modifiers put around it, and an encoding that waits for Base64. */
interface TextDraft {
  readonly kind: 'text';
  readonly pattern: Pattern;
  readonly around: 'none' | 'contains' | 'startswith' | 'endswith';
  readonly utf16: Utf16 | null;
}

export type Draft =
  | TextDraft
  | { readonly kind: 'scalar'; readonly value: number | boolean | null }
  | { readonly kind: 'regex'; readonly written: string; readonly flags: string }
  | { readonly kind: 'cidr'; readonly network: string }
  | { readonly kind: 'compare'; readonly op: CompareOp; readonly value: string }
  | { readonly kind: 'time'; readonly part: TimePart; readonly op: CompareOp | null; readonly value: number }
  | { readonly kind: 'exists'; readonly value: boolean }
  | {
      readonly kind: 'fieldref';
      readonly field: string;
      readonly mode: 'equals' | 'contains' | 'startswith' | 'endswith';
    };

/** Why a modifier cannot be applied; the caller adds which item and where. */
export class ModifierError extends Error {}

/** What a modifier does: to one value, or (`all`, `neq`, `cased`, `expand`) to the item as a whole. */
type Modifier = ((draft: Draft, raw: RuleValue) => Draft | readonly Draft[]) | 'item';

export const MODIFIERS: ReadonlyMap<string, Modifier> = new Map<string, Modifier>([
  ['all', 'item'],
  ['neq', 'item'],
  ['cased', 'item'],
  ['expand', 'item'],
  ['contains', (draft) => around(draft, 'contains')],
  ['startswith', (draft) => around(draft, 'startswith')],
  ['endswith', (draft) => around(draft, 'endswith')],
  ['windash', windash],
  ['re', toRegex],
  ['i', (draft) => regexFlag(draft, 'i')],
  ['m', (draft) => regexFlag(draft, 'm')],
  ['s', (draft) => regexFlag(draft, 's')],
  ['base64', (draft) => toText(base64(encodable(draft, 'base64')))],
  ['base64offset', toBase64Offsets],
  ['utf16', (draft) => toUtf16(draft, 'utf16')],
  ['utf16le', (draft) => toUtf16(draft, 'utf16le')],
  ['utf16be', (draft) => toUtf16(draft, 'utf16be')],
  ['wide', (draft) => toUtf16(draft, 'utf16le')],
  ['lt', (draft, raw) => compare(draft, raw, 'lt')],
  ['lte', (draft, raw) => compare(draft, raw, 'lte')],
  ['gt', (draft, raw) => compare(draft, raw, 'gt')],
  ['gte', (draft, raw) => compare(draft, raw, 'gte')],
  ['minute', (draft, raw) => timePart(draft, raw, 'minute')],
  ['hour', (draft, raw) => timePart(draft, raw, 'hour')],
  ['day', (draft, raw) => timePart(draft, raw, 'day')],
  ['week', (draft, raw) => timePart(draft, raw, 'week')],
  ['month', (draft, raw) => timePart(draft, raw, 'month')],
  ['year', (draft, raw) => timePart(draft, raw, 'year')],
  ['cidr', toCidr],
  ['exists', toExists],
  ['fieldref', toFieldref],
]);

/** The value as written, before any modifier. */
export function draftOf(value: RuleValue): Draft {
  return typeof value === 'string' ? toText(parseWildcards(value)) : { kind: 'scalar', value };
}

/** Applies the modifiers of one item to one of its values; the drafts go behind those in `drafts`. */
export function applyModifiers(value: RuleValue, modifiers: readonly string[], drafts: Draft[]): void {
  let several: readonly Draft[] | null = null;
  let draft = draftOf(value);
  for (const name of modifiers) {
    const modifier = MODIFIERS.get(name);
    if (modifier === undefined) throw new ModifierError(`unknown modifier ${name}`);
    if (modifier === 'item') continue;
    if (several !== null) several = several.flatMap((one) => modifier(one, value));
    else {
      const result = modifier(draft, value);
      if (isList(result)) several = result;
      else draft = result;
    }
  }
  if (several === null) drafts.push(draft);
  else drafts.push(...several);
}

function isList(result: Draft | readonly Draft[]): result is readonly Draft[] {
  return Array.isArray(result);
}

/** Pattern of a text, with what `contains` and its like put around it. */
export function patternOf(draft: TextDraft, keyword: boolean): Pattern {
  const { utf16 } = draft;
  const inner = utf16 === null ? draft.pattern : mapLiterals(draft.pattern, (text) => wideText(text, utf16));
  if (draft.around === 'none' && !keyword) return inner;
  const before = keyword || draft.around === 'contains' || draft.around === 'endswith';
  const after = keyword || draft.around === 'contains' || draft.around === 'startswith';
  const pattern: Pattern[number][] = before && inner[0] !== ANY ? [ANY, ...inner] : [...inner];
  if (after && pattern[pattern.length - 1] !== ANY) pattern.push(ANY);
  return pattern;
}

/** One test for the drafts of one item; drafts of a kind are alternatives of one test, comparisons are a test each. */
export function testsOf(drafts: readonly Draft[], options: { cased: boolean; keyword: boolean }): Test[] {
  if (drafts.every((draft) => draft.kind === 'text')) {
    return [{ kind: 'text', patterns: drafts.map((draft) => patternOf(draft, options.keyword)), cased: options.cased }];
  }
  return otherTestsOf(drafts, options);
}

function otherTestsOf(drafts: readonly Draft[], options: { cased: boolean; keyword: boolean }): Test[] {
  const tests: Test[] = [];
  const patterns: Pattern[] = [];
  const regexes: Draft[] = [];
  const networks: string[] = [];
  const times = new Map<string, { part: TimePart; op: CompareOp | null; values: number[] }>();
  const fields = new Map<string, { mode: 'equals' | 'contains' | 'startswith' | 'endswith'; fields: string[] }>();
  for (const draft of drafts) {
    switch (draft.kind) {
      case 'text':
        patterns.push(patternOf(draft, options.keyword));
        break;
      case 'scalar':
        if (draft.value === null) tests.push({ kind: 'null' });
        else patterns.push(patternOf(textOfScalar(draft.value), options.keyword));
        break;
      case 'regex':
        regexes.push(draft);
        break;
      case 'cidr':
        networks.push(draft.network);
        break;
      case 'compare':
        tests.push({ kind: 'compare', op: draft.op, value: draft.value });
        break;
      case 'exists':
        tests.push({ kind: 'exists', value: draft.value });
        break;
      case 'time': {
        const key = `${draft.part} ${draft.op}`;
        const group = times.get(key) ?? { part: draft.part, op: draft.op, values: [] };
        group.values.push(draft.value);
        times.set(key, group);
        break;
      }
      case 'fieldref': {
        const group = fields.get(draft.mode) ?? { mode: draft.mode, fields: [] };
        group.fields.push(draft.field);
        fields.set(draft.mode, group);
        break;
      }
    }
  }
  if (patterns.length > 0) tests.push({ kind: 'text', patterns, cased: options.cased });
  if (regexes.length > 0) {
    tests.push({
      kind: 'regex',
      regexes: regexes.flatMap((d) => (d.kind === 'regex' ? [regexOf(d.written, d.flags)] : [])),
    });
  }
  if (networks.length > 0) tests.push({ kind: 'cidr', networks });
  for (const { part, op, values } of times.values()) {
    tests.push(op === null ? { kind: 'time', part, values } : { kind: 'time', part, op, values });
  }
  for (const group of fields.values()) {
    tests.push({ kind: 'fieldref', fields: group.fields, mode: group.mode, cased: options.cased });
  }
  return tests;
}

function toText(text: string | Pattern): TextDraft {
  const pattern = typeof text === 'string' ? (text === '' ? [] : [text]) : text;
  return { kind: 'text', pattern, around: 'none', utf16: null };
}

function textOfScalar(value: number | boolean): TextDraft {
  return toText(typeof value === 'number' ? canonicalDecimal(String(value)) : String(value));
}

/** The draft as text, for modifiers that also take numbers and booleans. */
function textual(draft: Draft, name: string): TextDraft {
  if (draft.kind === 'text') return draft;
  if (draft.kind === 'scalar' && draft.value !== null) return textOfScalar(draft.value);
  throw new ModifierError(`${name} cannot be applied to ${describe(draft)}`);
}

function around(draft: Draft, mode: 'contains' | 'startswith' | 'endswith'): Draft {
  if (draft.kind === 'fieldref' && draft.mode === 'equals') return { ...draft, mode };
  const text = textual(draft, mode);
  if (text.around !== 'none') throw new ModifierError(`${mode} and ${text.around} exclude each other`);
  return { ...text, around: mode };
}

function windash(draft: Draft): Draft {
  if (draft.kind !== 'text') throw new ModifierError(`windash cannot be applied to ${describe(draft)}`);
  if (draft.utf16 !== null) throw new ModifierError('windash has to stand before an encoding');
  return { ...draft, pattern: dashesToClass(draft.pattern) };
}

function toRegex(draft: Draft, raw: RuleValue): Draft {
  if (typeof raw !== 'string' || draft.kind !== 'text' || draft.around !== 'none' || draft.utf16 !== null) {
    throw new ModifierError(`re cannot be applied to ${describe(draft)}`);
  }
  return { kind: 'regex', written: raw, flags: '' };
}

function regexFlag(draft: Draft, flag: string): Draft {
  if (draft.kind !== 'regex') throw new ModifierError(`${flag} has to follow re`);
  return { ...draft, flags: draft.flags + flag };
}

/** Many rules share expressions, and translating one costs some 20 µs. */
const translated = new Map<string, ReturnType<typeof translateRegex>>();
const TRANSLATED_MAX = 2000;

function regexOf(written: string, flags: string): ReturnType<typeof translateRegex> {
  const key = `${flags}/${written}`;
  let regex = translated.get(key);
  if (regex !== undefined) return regex;
  try {
    regex = translateRegex(written, {
      ignoreCase: flags.includes('i'),
      multiLine: flags.includes('m'),
      dotAll: flags.includes('s'),
    });
  } catch (cause) {
    if (cause instanceof RegexError) throw new ModifierError(`regular expression ${written}: ${cause.message}`);
    throw cause;
  }
  if (translated.size >= TRANSLATED_MAX) translated.clear();
  translated.set(key, regex);
  return regex;
}

function toUtf16(draft: Draft, utf16: Utf16): Draft {
  if (draft.kind !== 'text' || draft.utf16 !== null)
    throw new ModifierError(`${utf16} cannot be applied to ${describe(draft)}`);
  if (draft.pattern.includes(ONE) || draft.pattern.includes(DASH)) {
    throw new ModifierError(`${utf16} cannot be applied to a value with ? or windash`);
  }
  return { ...draft, utf16 };
}

/** UTF-16 that is matched as text: `cmd` becomes c, NUL, m, NUL, d, NUL. Only bytes that are ASCII are text at all. */
function wideText(text: string, utf16: Utf16): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range
  if (utf16 === 'utf16' || /[^\x00-\x7f]/.test(text)) {
    throw new ModifierError(`${utf16} of this value is no text; put base64 or base64offset behind it`);
  }
  return Buffer.from(utf16Bytes(text, utf16)).toString('latin1');
}

/** Bytes that Base64 encodes. */
function encodable(draft: Draft, name: string): Uint8Array {
  if (draft.kind !== 'text') throw new ModifierError(`${name} cannot be applied to ${describe(draft)}`);
  if (draft.around !== 'none') throw new ModifierError(`${name} has to stand before ${draft.around}`);
  const [text = ''] = draft.pattern;
  if (draft.pattern.length !== 1 || typeof text !== 'string') {
    throw new ModifierError(
      `${name} needs a text without wildcards${draft.pattern.includes(DASH) ? ' and windash' : ''}`,
    );
  }
  return draft.utf16 === null ? Buffer.from(text, 'utf8') : utf16Bytes(text, draft.utf16);
}

function toBase64Offsets(draft: Draft): readonly Draft[] {
  const texts = base64Offsets(encodable(draft, 'base64offset'));
  if (texts.includes('')) throw new ModifierError('base64offset: the value is too short to leave fixed characters');
  return texts.map((text) => toText(text));
}

function compare(draft: Draft, raw: RuleValue, op: CompareOp): Draft {
  if (draft.kind === 'time' && draft.op === null) return { ...draft, op };
  const value = typeof raw === 'number' || typeof raw === 'string' ? canonicalDecimal(String(raw)) : '';
  if ((draft.kind !== 'scalar' && draft.kind !== 'text') || !isCanonicalDecimal(value)) {
    throw new ModifierError(`${op} needs a number, not ${describe(draft)}`);
  }
  return { kind: 'compare', op, value };
}

function timePart(draft: Draft, raw: RuleValue, part: TimePart): Draft {
  const value = typeof raw === 'string' && /^\d{1,4}$/.test(raw) ? Number(raw) : raw;
  if ((draft.kind !== 'scalar' && draft.kind !== 'text') || typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new ModifierError(`${part} needs a whole number, not ${describe(draft)}`);
  }
  return { kind: 'time', part, op: null, value };
}

function toCidr(draft: Draft, raw: RuleValue): Draft {
  if (draft.kind !== 'text' || draft.around !== 'none' || typeof raw !== 'string') {
    throw new ModifierError(`cidr cannot be applied to ${describe(draft)}`);
  }
  const error = networkError(raw);
  if (error !== null) throw new ModifierError(error);
  return { kind: 'cidr', network: raw };
}

function toExists(draft: Draft): Draft {
  if (draft.kind !== 'scalar' || typeof draft.value !== 'boolean')
    throw new ModifierError('exists needs true or false');
  return { kind: 'exists', value: draft.value };
}

function toFieldref(draft: Draft, raw: RuleValue): Draft {
  if (draft.kind !== 'text' || draft.utf16 !== null || typeof raw !== 'string' || raw === '') {
    throw new ModifierError(`fieldref needs the name of a field, not ${describe(draft)}`);
  }
  return { kind: 'fieldref', field: raw, mode: draft.around === 'none' ? 'equals' : draft.around };
}

function describe(draft: Draft): string {
  switch (draft.kind) {
    case 'scalar':
      return draft.value === null ? 'null' : typeof draft.value === 'number' ? 'a number' : 'true or false';
    case 'text':
      return draft.utf16 ?? (draft.around === 'none' ? 'text' : `text after ${draft.around}`);
    case 'regex':
      return 'a regular expression';
    case 'fieldref':
      return 'a field reference';
    case 'time':
      return 'a part of a time';
    case 'compare':
      return 'a comparison';
    default:
      return draft.kind;
  }
}
