/**
 * What is typed into a search box: `failed logon host:web01 -user:svc* "exact phrase" (port:>1024 OR port:443)`.
 *
 * It has rules of its own for where a word ends, since people paste into it: `C:\Temp\x.exe`, `10.0.0.0/8` and `it's` are words. It ends at
 * `|`, at `;` and at a parenthesis that was opened before it.
 */
import { problem } from '../cursor.ts';
import type { Diagnostic, Span } from '../diagnostic.ts';
import { parseIpv4Network } from '../ipv4.ts';
import { behindBlanks } from '../lexer.ts';
import { LANG_LIMITS } from '../limits.ts';
import { parseDateTime } from '../time.ts';
import type { Expression } from '../tree.ts';
import { numberOf, type Value } from '../value.ts';
import type { Search } from './tree.ts';

type Term = Extract<Search, { kind: 'term' }>;

export interface ReadSearch {
  /** Null where there is nothing to search for. */
  readonly search: Search | null;
  /** Where it ends: at `|`, `;`, a `)` too many, or the end. */
  readonly end: number;
  readonly diagnostics: readonly Diagnostic[];
}

const WORD = /[^\s"()|;]+/y;
/** Path before a colon. What begins with a digit is a time or an address, `C:\` a drive, `http://` a URL, `fe80::` an address. */
const FIELD = /(-?)([A-Za-z_@](?:[A-Za-z0-9_@.-]|\\\.)*):(?![\\/:])/y;
const COMPARISON = /<=|>=|<|>/y;
const QUOTED = /"(?:[^"]|"")*("?)/y;

/** Comparisons as they are written in conditions, where only words belong. */
const CONDITION = /^(?:[=!]=|[=!]~|<=?|>=?|=)$/;

function at(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}

/** Reads a search that begins at an offset. Never throws; linear in the text. */
export function readSearch(text: string, offset: number): ReadSearch {
  const reader = new SearchReader(text, offset);
  const search = reader.read();
  return { search, end: reader.end, diagnostics: reader.diagnostics };
}

class SearchReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #text: string;
  #at: number;
  #level = 0;

  constructor(text: string, offset: number) {
    this.#text = text;
    this.#at = offset;
  }

  get end(): number {
    return this.#at;
  }

  read(): Search | null {
    this.#blanks();
    if (this.#stops()) return null;
    return this.#or(null);
  }

  #report(message: string, span: Span, suggestion: string | null, severity: Diagnostic['severity'] = 'error'): void {
    if (this.diagnostics.length >= LANG_LIMITS.expressionErrorsMax) return;
    this.diagnostics.push({ ...problem('lang.search', message, span, [], suggestion), severity });
  }

  #blanks(): void {
    this.#at = behindBlanks(this.#text, this.#at);
  }

  #stops(): boolean {
    return this.#at >= this.#text.length || ')|;'.includes(this.#text[this.#at]);
  }

  /** Takes a word that stands alone. */
  #word(word: string): boolean {
    if (at(WORD, this.#text, this.#at)?.[0] !== word) return false;
    this.#at += word.length;
    this.#blanks();
    return true;
  }

  #or(keys: Term['keys']): Search {
    const operands = [this.#and(keys)];
    while (this.#word('OR')) operands.push(this.#and(keys));
    return joined('or', operands);
  }

  #and(keys: Term['keys']): Search {
    const operands = [this.#not(keys)];
    for (;;) {
      const written = this.#word('AND');
      if (!written && (this.#stops() || at(WORD, this.#text, this.#at)?.[0] === 'OR')) break;
      operands.push(this.#not(keys));
    }
    return joined('and', operands);
  }

  #not(keys: Term['keys']): Search {
    const start = this.#at;
    const sign = this.#text[start] === '-' && /^-(?!\/\/)[^\s|;)]/.test(this.#text.slice(start, start + 3));
    if (sign) this.#at++;
    if (!sign && !this.#word('NOT')) return this.#primary(keys);
    const operand = this.#deeper(() => this.#not(keys));
    return { kind: 'not', operand, span: { start, end: operand.span.end } };
  }

  #deeper(read: () => Search): Search {
    if (this.#level >= LANG_LIMITS.expressionLevelsMax) {
      const span = { start: this.#at, end: this.#at };
      const message = `more than ${LANG_LIMITS.expressionLevelsMax} levels of parentheses and NOT`;
      this.diagnostics.push(problem('lang.limit', message, span, [], 'Search in steps: … | search …'));
      // What follows is not read: it would be as deep again.
      this.#at = this.#text.length;
      return { kind: 'error', span };
    }
    this.#level++;
    const search = read();
    this.#level--;
    return search;
  }

  #primary(keys: Term['keys']): Search {
    const start = this.#at;
    if (this.#text[start] === '(') return this.#group(keys);
    const field = keys === null ? at(FIELD, this.#text, start) : null;
    if (field === null || field[1] === '-') return this.#term(start, keys);
    this.#at += field[0].length;
    const path = pathKeys(field[2]);
    if (this.#text[this.#at] === '(') return this.#group(path);
    return this.#term(start, path);
  }

  #group(keys: Term['keys']): Search {
    const start = this.#at;
    this.#at++;
    this.#blanks();
    if (this.#text[this.#at] === ')') {
      this.#at++;
      const span = { start, end: this.#at };
      this.#report('nothing stands in the parentheses', span, 'Put parentheses into quotes to search for them.');
      this.#blanks();
      return { kind: 'error', span };
    }
    const inner = this.#deeper(() => this.#or(keys));
    if (this.#text[this.#at] === ')') this.#at++;
    else this.#report('this ( has no )', { start, end: start + 1 }, 'Put it into quotes to search for it.');
    this.#blanks();
    return inner;
  }

  #term(start: number, keys: Term['keys']): Search {
    const comparison = keys === null ? null : (at(COMPARISON, this.#text, this.#at)?.[0] ?? null);
    this.#at += comparison?.length ?? 0;
    const quoted = at(QUOTED, this.#text, this.#at);
    const whole = quoted?.[0] ?? at(WORD, this.#text, this.#at)?.[0] ?? '';
    this.#at += whole.length;
    const span = { start, end: this.#at };
    this.#blanks();
    if (quoted !== null && (quoted[1] === '' || whole === '"')) {
      this.#report('this text has no end', span, 'Close it with ". A " inside is doubled.');
      return { kind: 'error', span };
    }
    if (whole === '') {
      const path = keys?.join('.') ?? '';
      this.#report(
        keys === null ? 'a word is missing here' : `nothing stands behind ${this.#text.slice(start, span.end)}`,
        span.end > span.start ? span : { start, end: Math.min(start + 1, this.#text.length) },
        keys === null ? null : `Write ${path}:value, or ${path}:* for any value.`,
      );
      return { kind: 'error', span };
    }
    if (keys === null && /^(?:AND|OR|NOT)$/.test(whole)) {
      this.#report(`nothing stands where ${whole} needs it`, span, 'Put it into quotes to search for it.');
      return { kind: 'error', span };
    }
    this.#advise(whole, keys, span);
    const text = quoted === null ? whole : whole.slice(1, -1).replaceAll('""', '"');
    return { kind: 'term', keys, comparison: comparison as Term['comparison'], text, quoted: quoted !== null, span };
  }

  /** Words that are likely meant as something else. */
  #advise(word: string, keys: Term['keys'], span: Span): void {
    if (keys !== null) return;
    if (CONDITION.test(word)) {
      this.#report(`${word} compares nothing in a search`, span, 'Write field:value, or | where … for conditions.');
    } else if (['and', 'or', 'not'].includes(word)) {
      this.#report(`${word} is searched for as a word`, span, `Write ${word.toUpperCase()} to join.`, 'warning');
    }
  }
}

function joined(kind: 'and' | 'or', operands: readonly Search[]): Search {
  if (operands.length === 1) return operands[0];
  return { kind, operands, span: { start: operands[0].span.start, end: operands[operands.length - 1].span.end } };
}

/** Keys of a path in which dots inside keys are written `\.`. */
function pathKeys(path: string): string[] {
  const keys = [''];
  for (let i = 0; i < path.length; i++) {
    if (path[i] === '.') keys.push('');
    else keys[keys.length - 1] += path[i] === '\\' ? path[++i] : path[i];
  }
  return keys;
}

/** A search as a condition over rows. */
export function searchCondition(search: Search): Expression {
  const { span } = search;
  switch (search.kind) {
    case 'and':
    case 'or':
      return { kind: search.kind, operands: search.operands.map(searchCondition), span };
    case 'not':
      return { kind: 'not', operand: searchCondition(search.operand), span };
    case 'term':
      return termCondition(search);
    default:
      return { kind: 'error', span };
  }
}

function termCondition({ keys, comparison, text, quoted, span }: Term): Expression {
  const left: Expression = { kind: 'every', keys: keys ?? [], span };
  const literal = (value: Value): Expression => ({ kind: 'literal', value, span });
  if (comparison !== null) {
    return { kind: 'comparison', operator: comparison, left, right: literal(comparable(text)), span };
  }
  const call = (name: string, ...rest: Expression[]): Expression => {
    return { kind: 'call', name, arguments: [left, ...rest], nameSpan: span, span };
  };
  if (!quoted && text.includes('*')) return wildcardCondition(left, text, call, literal, span);
  // A network means its addresses.
  if (!quoted && text.includes('/') && parseIpv4Network(text) !== null) return call('ipv4_is_in_range', literal(text));
  return textCondition('has', left, literal(text), span);
}

function textCondition(
  operator: 'has' | 'hasprefix' | 'hassuffix' | 'contains',
  left: Expression,
  right: Expression,
  span: Span,
): Expression {
  return { kind: 'text', operator, negated: false, caseSensitive: false, left, right, span };
}

/** As Kusto's `search` has it: `x*` begins a term, `*x` ends one, `*x*` is anywhere; `a*b` is one after the other. */
function wildcardCondition(
  left: Expression,
  text: string,
  call: (name: string) => Expression,
  literal: (value: Value) => Expression,
  span: Span,
): Expression {
  const pieces = text.split('*').filter((piece) => piece !== '');
  if (pieces.length === 0) return call('isnotnull');
  const [start, end] = [!text.startsWith('*'), !text.endsWith('*')];
  if (pieces.length === 1) {
    return textCondition(start ? 'hasprefix' : end ? 'hassuffix' : 'contains', left, literal(pieces[0]), span);
  }
  const escaped = pieces.map((piece) => piece.toLowerCase().replace(/[\\^$.+?()[\]{}|/]/g, '\\$&'));
  const pattern = `${start ? '\\b' : ''}${escaped.join('.*')}${end ? '\\b' : ''}`;
  return { kind: 'regex', left: call('tolower'), right: literal(pattern), span };
}

/** A number or a date where the text is one. */
function comparable(text: string): Value {
  return numberOf(text) ?? parseDateTime(text) ?? text;
}

/** A search as text: what is read again as the same, but for places. */
export function printSearch(search: Search): string {
  switch (search.kind) {
    case 'and':
      return search.operands.map((operand) => grouped(operand, ['and', 'or'])).join(' ');
    case 'or':
      return search.operands.map((operand) => grouped(operand, ['or'])).join(' OR ');
    case 'not':
      return `NOT ${grouped(search.operand, ['and', 'or'])}`;
    case 'term':
      return printTerm(search);
    default:
      throw new TypeError('a tree with errors has no text');
  }
}

function grouped(search: Search, kinds: readonly Search['kind'][]): string {
  const text = printSearch(search);
  return kinds.includes(search.kind) ? `(${text})` : text;
}

/** In quotes where it was, and where it would be read as something else without. */
function printTerm({ keys, comparison, text, quoted }: Term): string {
  const value = quoted ? `"${text.replaceAll('"', '""')}"` : text;
  if (keys === null) return value;
  const path = keys.map((key) => key.replaceAll('.', '\\.')).join('.');
  // Behind the colon it would make a drive, a URL or an address of the path: see FIELD.
  if (comparison === null && !quoted && /^[\\/:]/.test(text)) return `${path}:(${value})`;
  return `${path}:${comparison ?? ''}${value}`;
}
