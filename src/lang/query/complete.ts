/**
 * What could stand at a place in a query: steps behind a pipe, columns and functions in expressions, values of a field behind `==`, tables
 * where a table is asked for. What stands behind the place does not count.
 */
import type { FieldCatalogue } from '../check.ts';
import { FUNCTIONS } from '../functions.ts';
import { readToken, type Token } from '../lexer.ts';
import { LANG_LIMITS } from '../limits.ts';
import { printPath, printString } from '../print.ts';
import { OPERATORS } from '../words.ts';
import { AGGREGATES } from './aggregates.ts';
import { type QueryCatalogue, scopeAt } from './check.ts';
import { QUERY_OPERATORS } from './operators.ts';
import { parseQuery } from './parse.ts';
import { CHARTS } from './read/groups.ts';
import { COLUMN_TYPES, JOIN_KINDS, TABLES, type TableName } from './tree.ts';

/** What is known of the events there are: names, and values that fields have. */
export interface CompletionCatalogue extends QueryCatalogue {
  /** Frequent values of a field (dotted path) that begin so, the most frequent first; a short list. */
  valuesOf?(table: TableName, path: string, prefix: string): readonly string[];
  /** Titles of rules and names of packs that begin so. */
  targetsOf?(kind: 'rule' | 'pack', prefix: string): readonly string[];
}

export type CandidateKind =
  | 'table'
  | 'let'
  | 'step'
  | 'column'
  | 'function'
  | 'aggregate'
  | 'operator'
  | 'word'
  | 'value';

export interface Candidate {
  readonly kind: CandidateKind;
  /** What is shown. */
  readonly label: string;
  /** What takes the place of the text between `from` and the offset. */
  readonly insert: string;
  /** Signature, syntax or type; null: nothing to say. */
  readonly detail: string | null;
  readonly about: string | null;
}

export interface Completions {
  /** Where the word begins that is being written. */
  readonly from: number;
  /** Those that begin as what is written does come first. */
  readonly candidates: readonly Candidate[];
}

/** Most candidates of one answer; who has more writes another letter. */
const CANDIDATES_MAX = 200;
/** Most names of fields that are looked at. */
const NAMES_MAX = 20_000;

const candidate = (kind: CandidateKind, label: string, more: Partial<Candidate> = {}): Candidate => {
  return { kind, label, insert: label, detail: null, about: null, ...more };
};

const words = (...texts: readonly string[]): Candidate[] => texts.map((text) => candidate('word', text));

/** Words that go on with a step, behind its name and what has been written of it. */
const CLAUSES: Readonly<Record<string, readonly string[]>> = {
  summarize: ['by'],
  top: ['by', 'asc', 'desc', 'nulls first', 'nulls last'],
  sort: ['by', 'asc', 'desc', 'nulls first', 'nulls last'],
  order: ['by', 'asc', 'desc', 'nulls first', 'nulls last'],
  join: ['on'],
  'make-series': ['default = ', 'on', 'from', 'to', 'step', 'by'],
  'mv-expand': ['to typeof(', 'limit'],
  parse: ['with'],
  'parse-where': ['with'],
  sequence: ['by', 'within'],
  render: ['with ('],
  count: ['as'],
};

/** @param offset in UTF-16 units; what is completed ends there */
export function complete(text: string, offset: number, catalogue: CompletionCatalogue | null = null): Completions {
  const before = text.slice(0, Math.min(offset, text.length));
  if (before.length > LANG_LIMITS.queryLengthMax) return { from: offset, candidates: [] };
  return new Completer(before, catalogue).complete();
}

const SEARCH_FIELD = /(?:^|[\s(-])((?:[A-Za-z_@][A-Za-z0-9_@.-]*)):("?)([^\s"()|;]*)$/;
/** The word, with its dots and hyphens, that the text ends with. */
const LAST_WORD = /[A-Za-z_@][A-Za-z0-9_@]*(?:\.[A-Za-z0-9_@]*)*$/;
const LAST_STEP = /(?:^|[|;(])\s*([A-Za-z_]*(?:-[A-Za-z]*)*)$/;

class Completer {
  readonly #text: string;
  readonly #catalogue: CompletionCatalogue | null;
  readonly #tokens: readonly Token[];

  constructor(text: string, catalogue: CompletionCatalogue | null) {
    this.#text = text;
    this.#catalogue = catalogue;
    this.#tokens = tokensOf(text);
  }

  complete(): Completions {
    const inside = this.#searched() ?? this.#insideText();
    if (inside !== null) return inside;
    const step = LAST_STEP.exec(this.#text);
    const word = step?.[1] ?? LAST_WORD.exec(this.#text)?.[0] ?? '';
    const from = this.#text.length - word.length;
    return { from, candidates: ranked(this.#candidates(from, step !== null), word) };
  }

  /** Tokens before an offset. */
  #before(offset: number): readonly Token[] {
    return this.#tokens.filter(({ span, kind }) => span.end <= offset && kind !== 'end');
  }

  /** Inside quotes: values of the field that is compared, or targets of `detect`. */
  #insideText(): Completions | null {
    const last = this.#tokens.findLast(({ kind }) => kind !== 'end');
    if (last?.kind !== 'bad' || !/^@?["']/.test(last.text) || last.span.end < this.#text.length) return null;
    const quote = last.text.startsWith('@') ? 2 : 1;
    const prefix = last.text.slice(quote);
    const tokens = this.#before(last.span.start);
    const kind = tokens.at(-1)?.text === ':' ? tokens.at(-2)?.text : undefined;
    const values =
      kind === 'rule' || kind === 'pack'
        ? (this.#catalogue?.targetsOf?.(kind, prefix) ?? [])
        : this.#values(tokens, prefix);
    const candidates = values.map((value) => candidate('value', value, { insert: `${printString(value)}` }));
    return { from: last.span.start, candidates: candidates.slice(0, CANDIDATES_MAX) };
  }

  /** Values of the field that what comes is compared with: `user.name == `, `user.name in ("a", `. */
  #values(tokens: readonly Token[], prefix: string): readonly string[] {
    let end = tokens.length - 1;
    const inList = tokens[end]?.text === ',' || tokens[end]?.text === '(';
    if (inList) {
      while (end >= 0 && tokens[end].text !== '(') end--;
      end--;
    }
    const operator = tokens[end]?.text ?? '';
    if (!OPERATORS.includes(operator) || ['and', 'or', 'matches', '+', '-', '*', '/', '%'].includes(operator))
      return [];
    const path = pathBefore(tokens, end);
    return path === null ? [] : (this.#catalogue?.valuesOf?.(this.#table(), path, prefix) ?? []);
  }

  /** `field:val` of a search. */
  #searched(): Completions | null {
    const found = SEARCH_FIELD.exec(this.#text);
    if (found === null || !this.#inSearch()) return null;
    const [, path, quote, prefix] = found;
    const from = this.#text.length - prefix.length - quote.length;
    const values = this.#catalogue?.valuesOf?.(this.#table(), path, prefix) ?? [];
    const insert = (value: string): string => {
      return quote === '' && /^[^\s"()|;*<>]+$/.test(value) ? value : `"${value.replaceAll('"', '""')}"`;
    };
    return { from, candidates: values.map((value) => candidate('value', value, { insert: insert(value) })) };
  }

  /** Whether the place is in a plain search: before the first pipe, or behind `| search`. */
  #inSearch(): boolean {
    const { tree } = parseQuery(this.#text);
    const step = tree?.body.operators.at(-1);
    return step?.kind === 'search' || /(?:^|[|(;])\s*search\s[^|]*$/.test(this.#text);
  }

  #table(): TableName {
    const source = parseQuery(this.#text).tree?.body.source;
    return source?.kind === 'table' ? source.name : TABLES[0];
  }

  #candidates(from: number, atStep: boolean): readonly Candidate[] {
    const tokens = this.#before(from);
    const last = tokens.at(-1);
    if (last?.text === '|') return STEPS;
    const step = stepOf(tokens);
    const special = this.#special(tokens, step);
    if (special !== null) return special;
    if (atStep) return this.#heads(last);
    // Behind a whole operand operators and what goes on with the step; else operands.
    if (last !== undefined && endsOperand(last)) {
      const clauses = words(...(CLAUSES[step ?? ''] ?? []));
      return [...clauses, ...OPERATORS.map((operator) => candidate('operator', operator))];
    }
    const aggregates = step === 'summarize' || step === 'make-series' ? AGGREGATE_CANDIDATES : [];
    const clauses = last !== undefined && last.text === step ? words(...(CLAUSES[step] ?? [])) : [];
    return [...clauses, ...this.#columns(last?.span.end ?? from), ...aggregates, ...FUNCTION_CANDIDATES];
  }

  /** Where a query or a part in parentheses begins. */
  #heads(last: Token | undefined): readonly Candidate[] {
    const inExpression = last?.text === '(';
    const tables = this.#tables();
    if (!inExpression) return [...tables, ...STEPS, candidate('word', 'let ')];
    return [...tables, ...this.#columns(last.span.end), ...FUNCTION_CANDIDATES];
  }

  /** Places that take only words, tables or names. */
  #special(tokens: readonly Token[], step: string | null): readonly Candidate[] | null {
    const [before, last] = [tokens.at(-2)?.text ?? '', tokens.at(-1)?.text ?? ''];
    if (last === '=' && before === 'kind') {
      return words(
        ...(step === 'join' ? JOIN_KINDS : step === 'union' ? ['outer', 'inner'] : ['simple', 'relaxed', 'regex']),
      );
    }
    if (last === '(' && before === 'typeof') return words(...COLUMN_TYPES);
    if (last === ':' && step?.startsWith('parse') === true) return words(...COLUMN_TYPES);
    if (last === ':' && step === 'detect') {
      const kind = before === 'pack' ? 'pack' : 'rule';
      return (this.#catalogue?.targetsOf?.(kind, '') ?? []).map((text) =>
        candidate('value', text, { insert: printString(text) }),
      );
    }
    if (step === 'detect' && (last === 'detect' || last === ',')) return words('rule:', 'pack:');
    if (last === 'render') return words(...CHARTS);
    if (last === 'nulls') return words('first', 'last');
    if (['join', 'union'].includes(last) || (step === 'union' && last === ',')) {
      const options = last === 'join' ? ['kind='] : last === 'union' ? ['kind=', 'withsource='] : [];
      return [...words(...options), ...this.#tables()];
    }
    return null;
  }

  #tables(): Candidate[] {
    const lets = (parseQuery(this.#text).tree?.lets ?? [])
      .filter(({ kind }) => kind === 'table')
      .map(({ name }) => candidate('let', name.keys[0]));
    return [...TABLES.map((name) => candidate('table', name)), ...lets];
  }

  /** Columns that the steps before leave, and names of scalars. */
  #columns(offset: number): Candidate[] {
    const { tree } = parseQuery(this.#text);
    if (tree === null) return [];
    const scope: FieldCatalogue = scopeAt(tree, this.#catalogue, offset);
    const found: Candidate[] = tree.lets
      .filter(({ kind }) => kind === 'scalar')
      .map(({ name }) => candidate('let', name.keys[0]));
    for (const name of scope.names) {
      if (found.length >= NAMES_MAX) break;
      found.push(candidate('column', name, { insert: printPath(keysOf(name)), detail: scope.typeOf(name) }));
    }
    return found;
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let last: Token | null = null; last?.kind !== 'end'; ) {
    last = readToken(text, last?.span.end ?? 0, last);
    tokens.push(last);
  }
  return tokens;
}

/** Keys of a path in which dots inside keys are written `\.`. */
function keysOf(path: string): string[] {
  return path.split(/(?<!\\)\./).map((key) => key.replaceAll('\\.', '.'));
}

/** The path that ends right before a token, or null. */
function pathBefore(tokens: readonly Token[], end: number): string | null {
  let path: string | null = null;
  for (let i = end - 1; i >= 0 && tokens[i].kind === 'name'; i -= 2) {
    path = path === null ? tokens[i].text : `${tokens[i].text}.${path}`;
    if (tokens[i - 1]?.text !== '.') break;
  }
  return path;
}

/** Whether a token may be the last of an operand. */
function endsOperand(token: Token): boolean {
  if (token.kind === 'value' || [')', ']'].includes(token.text)) return true;
  if (token.kind !== 'name') return false;
  const wordOperators = new Set([
    ...OPERATORS,
    'matches',
    'regex',
    'not',
    'by',
    'on',
    'from',
    'to',
    'step',
    'with',
    'within',
    'limit',
    'asof',
  ]);
  return !wordOperators.has(token.text) && !Object.hasOwn(QUERY_OPERATORS, token.text);
}

/** The step that the last token stands in, with its hyphens; null before the first. */
function stepOf(tokens: readonly Token[]): string | null {
  let depth = 0;
  for (let i = tokens.length - 1; i >= 0; i--) {
    const { text } = tokens[i];
    if (text === ')' || text === ']') depth++;
    else if ((text === '(' || text === '[') && depth > 0) depth--;
    else if (text === '|' && depth === 0) return stepAt(tokens, i + 1);
    else if (text === ';' && depth === 0) return stepAt(tokens, i + 1);
  }
  return stepAt(tokens, 0);
}

function stepAt(tokens: readonly Token[], at: number): string | null {
  const first = tokens[at];
  if (first === undefined || first.kind !== 'name') return null;
  let name = first.text;
  for (let i = at + 1; tokens[i]?.text === '-' && tokens[i + 1]?.kind === 'name'; i += 2) {
    if (tokens[i].span.start !== tokens[i - 1].span.end || tokens[i + 1].span.start !== tokens[i].span.end) break;
    name += `-${tokens[i + 1].text}`;
  }
  return name;
}

const STEPS: readonly Candidate[] = Object.entries(QUERY_OPERATORS).map(([name, { syntax, about }]) =>
  candidate('step', name, { detail: syntax, about }),
);

function callable(
  kind: CandidateKind,
  table: Readonly<Record<string, { signature: string; about: string; most: number }>>,
): Candidate[] {
  return Object.entries(table).map(([name, { signature, about, most }]) =>
    candidate(kind, name, { insert: most === 0 ? `${name}()` : `${name}(`, detail: signature, about }),
  );
}

const FUNCTION_CANDIDATES: readonly Candidate[] = callable('function', FUNCTIONS);
const AGGREGATE_CANDIDATES: readonly Candidate[] = callable('aggregate', AGGREGATES);

/** Those that begin with the word, then those that hold it behind a dot or _, each in the order they came. */
function ranked(candidates: readonly Candidate[], word: string): Candidate[] {
  const wanted = word.toLowerCase();
  const seen = new Set<string>();
  const groups: Candidate[][] = [[], []];
  for (const item of candidates) {
    const label = item.label.toLowerCase();
    const inside =
      wanted === '' || label.startsWith(wanted)
        ? 0
        : ['.', '_', '-'].some((sign) => label.includes(sign + wanted))
          ? 1
          : -1;
    if (inside < 0 || seen.has(`${item.kind} ${item.label}`)) continue;
    seen.add(`${item.kind} ${item.label}`);
    groups[inside].push(item);
  }
  return groups.flat().slice(0, CANDIDATES_MAX);
}
