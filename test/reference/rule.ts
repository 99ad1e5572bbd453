/**
 * Sigma rules read as the specification says them: a rule is its search identifiers, each a tree of items, and its
 * condition. Nothing is optimised.
 */
import { network } from './cidr.ts';
import { type Condition, parseCondition } from './condition.ts';
import { regexp } from './regexp.ts';
import type { TimePart } from './timestamp.ts';
import { ANY, dashesThatStartWords, type Part, parseWildcards, plainText, wholeMatcher } from './wildcard.ts';
import { get, listOf, Refused, readYaml, textOf, type Yaml, type YamlMap } from './yaml.ts';

export type Order = 'lt' | 'lte' | 'gt' | 'gte';

/** One value of an item, as a test on one field. */
export type Test =
  | { readonly is: 'text'; readonly cased: boolean; readonly fits: (text: string) => boolean }
  | { readonly is: 'order'; readonly order: Order; readonly than: string }
  | { readonly is: 'time'; readonly part: TimePart; readonly order: Order | 'eq'; readonly than: string }
  | { readonly is: 'null' }
  | { readonly is: 'exists'; readonly expected: boolean }
  | { readonly is: 'fieldref'; readonly field: string; readonly cased: boolean; readonly open: Open };

/** Where more text may stand before and after. */
export interface Open {
  readonly left: boolean;
  readonly right: boolean;
}

export type Search =
  | { readonly is: 'and' | 'or'; readonly args: readonly Search[] }
  | {
      readonly is: 'item';
      /** null: any value of the event (keywords). */
      readonly field: string | null;
      /** For each written value its tests, linked with OR (a value may expand into several). */
      readonly values: readonly (readonly Test[])[];
      readonly all: boolean;
      readonly neq: boolean;
    };

export interface LogSource {
  readonly product: string | undefined;
  readonly category: string | undefined;
  readonly service: string | undefined;
}

export interface Detection {
  readonly searches: ReadonlyMap<string, Search>;
  /** Linked with OR. */
  readonly conditions: readonly Condition[];
}

export interface Rule {
  readonly kind: 'detection';
  readonly id: string;
  readonly name: string | undefined;
  readonly title: string;
  readonly logsource: LogSource;
  readonly detection: Detection;
}

export interface Filter {
  readonly kind: 'filter';
  readonly title: string;
  readonly logsource: LogSource;
  /** Ids or names; null: any rule. */
  readonly rules: readonly string[] | null;
  readonly detection: Detection;
}

/** A correlation document as written; `correlate.ts` reads it. */
export interface Correlation {
  readonly kind: 'correlation';
  readonly id: string;
  readonly name: string | undefined;
  readonly body: Yaml;
}

export type Placeholders = Readonly<Record<string, readonly string[]>>;

/** All rules, filters and correlations of a file. Throws `Refused`. */
export function parseDocuments(text: string, placeholders: Placeholders = {}): (Rule | Filter | Correlation)[] {
  const found: (Rule | Filter | Correlation)[] = [];
  for (const document of readYaml(text)) {
    const detection = get(document, 'detection');
    const filter = get(document, 'filter');
    const correlation = get(document, 'correlation');
    const title = textOf(get(document, 'title')) ?? '';
    const id = textOf(get(document, 'id')) ?? title;
    const name = textOf(get(document, 'name'));
    const logsource = parseLogSource(get(document, 'logsource'));
    if (correlation !== undefined) found.push({ kind: 'correlation', id, name, body: correlation });
    else if (filter?.is === 'map') {
      const rules = get(filter, 'rules');
      const any = rules?.is === 'string' && rules.text === 'any';
      const body: YamlMap = { is: 'map', entries: filter.entries.filter(([key]) => key !== 'rules') };
      const named = listOf(rules).map((rule) => textOf(rule) ?? '');
      found.push({
        kind: 'filter',
        title,
        logsource,
        rules: any ? null : named,
        detection: parseDetection(body, placeholders),
      });
    } else if (detection !== undefined) {
      found.push({ kind: 'detection', id, name, title, logsource, detection: parseDetection(detection, placeholders) });
    }
  }
  return found;
}

/** The one detection rule in a text. Throws `Refused`. */
export function parseRule(text: string, placeholders: Placeholders = {}): Rule {
  const [rule] = parseDocuments(text, placeholders);
  if (rule?.kind !== 'detection') throw new Refused('no detection rule');
  return rule;
}

function parseLogSource(value: Yaml | undefined): LogSource {
  const attribute = (name: string): string | undefined => textOf(get(value, name))?.toLowerCase();
  return { product: attribute('product'), category: attribute('category'), service: attribute('service') };
}

function parseDetection(value: Yaml, placeholders: Placeholders): Detection {
  if (value.is !== 'map') throw new Refused('detection is no map');
  const searches = new Map<string, Search>();
  for (const [name, body] of value.entries) {
    if (name !== 'condition' && name !== 'timeframe') searches.set(name, parseSearch(body, placeholders));
  }
  const written = listOf(get(value, 'condition'));
  if (written.length === 0) throw new Refused('no condition');
  const conditions = written.map((one) => parseCondition(textOf(one) ?? '', [...searches.keys()]));
  return { searches, conditions };
}

/** A map is AND of its items; a list is OR of maps and keywords. */
function parseSearch(value: Yaml, placeholders: Placeholders): Search {
  if (value.is === 'map') {
    if (value.entries.length === 0) throw new Refused('an empty map');
    return { is: 'and', args: value.entries.map(([key, body]) => parseItem(key, body, placeholders)) };
  }
  if (value.is === 'list') {
    if (value.items.length === 0) throw new Refused('an empty list');
    return { is: 'or', args: value.items.map((item) => parseSearch(item, placeholders)) };
  }
  return parseItem('', value, placeholders);
}

function parseItem(key: string, body: Yaml, placeholders: Placeholders): Search {
  const [field = '', ...modifiers] = key.split('|');
  const unknown = modifiers.find((modifier) => !MODIFIERS.includes(modifier));
  if (unknown !== undefined) throw new Refused(`${key}: unknown modifier ${unknown}`);
  const written = listOf(body);
  if (written.length === 0) throw new Refused(`${key}: no value`);
  if (body.is === 'list' && written.some((value) => value.is === 'null')) throw new Refused(`${key}: null in a list`);
  if (field === '' && written.some((value) => value.is === 'null')) throw new Refused('null as a keyword');
  const values = written.map((value) => parseValue(value, field === '', modifiers, placeholders));
  return {
    is: 'item',
    field: field === '' ? null : field,
    values,
    all: modifiers.includes('all'),
    neq: modifiers.includes('neq'),
  };
}

const MODIFIERS = [
  ...['all', 'startswith', 'endswith', 'contains', 'exists', 'cased', 'neq', 'windash', 're', 'i', 'm', 's'],
  ...['base64', 'base64offset', 'utf16le', 'utf16be', 'utf16', 'wide', 'lt', 'lte', 'gt', 'gte'],
  ...['minute', 'hour', 'day', 'week', 'month', 'year', 'cidr', 'expand', 'fieldref'],
];

/** A value on its way through the modifiers. */
interface Draft {
  readonly value: Yaml;
  /** For text: the pattern, and for text made of bytes (UTF-16) the bytes. */
  readonly parts: readonly Part[];
  readonly bytes: Uint8Array | null;
}

function parseValue(value: Yaml, keyword: boolean, modifiers: readonly string[], placeholders: Placeholders): Test[] {
  if (value.is === 'list' || value.is === 'map') throw new Refused('a value that is a list or a map');
  const has = (name: string): boolean => modifiers.includes(name);
  const order = (['lt', 'lte', 'gt', 'gte'] as const).find(has);
  const part = (['minute', 'hour', 'day', 'week', 'month', 'year'] as const).find(has);
  const cased = has('cased');
  const open: Open = {
    left: keyword || has('contains') || has('endswith'),
    right: keyword || has('contains') || has('startswith'),
  };
  if (value.is === 'null') {
    if (modifiers.some((name) => name !== 'neq')) throw new Refused('null with modifiers');
    return [{ is: 'null' }];
  }
  if (has('exists')) {
    if (value.is !== 'boolean') throw new Refused('exists takes true or false');
    return [{ is: 'exists', expected: value.value }];
  }
  if (part !== undefined || order !== undefined) {
    const than = value.is === 'number' ? value.text : null;
    if (than === null) throw new Refused(`${part ?? order} takes a number`);
    if (part !== undefined) return [{ is: 'time', part, order: order ?? 'eq', than }];
    return order === undefined ? [] : [{ is: 'order', order, than }];
  }
  const text = value.is === 'boolean' ? String(value.value) : value.text;
  if (has('fieldref')) return [{ is: 'fieldref', field: text, cased, open }];
  if (has('cidr')) {
    const inside = network(text);
    if (inside === null) throw new Refused(`${text} is no network`);
    return [{ is: 'text', cased: true, fits: inside }];
  }
  if (has('re')) {
    try {
      const expression = regexp(text, { i: has('i'), m: has('m'), s: has('s') });
      return [{ is: 'text', cased: true, fits: (candidate) => expression.test(candidate) }];
    } catch (error) {
      throw new Refused(`${text}: ${error instanceof Error ? error.message : error}`);
    }
  }
  let drafts: Draft[] = [{ value, parts: parseWildcards(text), bytes: null }];
  for (const modifier of modifiers) drafts = drafts.flatMap((draft) => modify(draft, modifier, placeholders));
  return drafts.map(({ parts }) => {
    const whole = [...(open.left ? [ANY] : []), ...parts, ...(open.right ? [ANY] : [])] as Part[];
    return { is: 'text', cased, fits: wholeMatcher(whole, cased) };
  });
}

const SHAPERS = ['contains', 'startswith', 'endswith', 'all', 'cased', 'neq'];

function modify(draft: Draft, modifier: string, placeholders: Placeholders): Draft[] {
  if (SHAPERS.includes(modifier)) return [draft];
  switch (modifier) {
    case 'windash':
      return [{ ...draft, parts: dashesThatStartWords(draft.parts) }];
    case 'expand':
      return expand(textOf(draft.value) ?? '', placeholders).map((text) => ({
        ...draft,
        parts: parseWildcards(text),
      }));
    case 'wide':
    case 'utf16le':
      return [fromBytes(draft, Buffer.from(plain(draft), 'utf16le'))];
    case 'utf16be':
      return [fromBytes(draft, Buffer.from(plain(draft), 'utf16le').swap16())];
    case 'utf16':
      return [fromBytes(draft, Buffer.from(`\uFEFF${plain(draft)}`, 'utf16le'))];
    case 'base64':
      return [fromText(draft, bytesOf(draft).toString('base64'))];
    case 'base64offset':
      return [0, 1, 2].map((offset) => fromText(draft, base64At(bytesOf(draft), offset)));
    default:
      throw new Refused(`${modifier} does not go with these modifiers`);
  }
}

function plain(draft: Draft): string {
  const text = plainText(draft.parts);
  if (text === null) throw new Refused('wildcards cannot be encoded');
  return text;
}

function bytesOf(draft: Draft): Buffer {
  return draft.bytes === null ? Buffer.from(plain(draft), 'utf8') : Buffer.from(draft.bytes);
}

function fromBytes(draft: Draft, bytes: Uint8Array): Draft {
  return { ...draft, bytes, parts: [...Buffer.from(bytes).toString('latin1')] };
}

function fromText(draft: Draft, text: string): Draft {
  return { ...draft, bytes: null, parts: [...text] };
}

/** The Base64 characters that depend on these bytes alone when `offset` unknown bytes stand before them (RFC 4648). */
function base64At(bytes: Buffer, offset: number): string {
  const all = Buffer.concat([Buffer.alloc(offset), bytes]);
  const first = Math.ceil((8 * offset) / 6);
  const end = all.length % 3 === 0 ? (all.length / 3) * 4 : Math.floor((8 * all.length) / 6);
  return all.toString('base64').slice(first, end);
}

/** Every way to fill in `%name%`; a percent sign escaped by a backslash is plain. */
function expand(text: string, placeholders: Placeholders): string[] {
  const match = /(?<!\\)%([^%\\\s]+)%/.exec(text);
  if (match === null) return [text.replaceAll('\\%', '%')];
  const values = placeholders[match[1] ?? ''];
  if (values === undefined || values.length === 0) throw new Refused(`no values for the placeholder ${match[0]}`);
  const before = text.slice(0, match.index).replaceAll('\\%', '%');
  const after = expand(text.slice(match.index + match[0].length), placeholders);
  return values.flatMap((value) => after.map((rest) => before + value + rest));
}
