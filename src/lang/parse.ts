/**
 * From text to a tree: operators by precedence (Pratt), as in Kusto from `or` (loosest) over `and`, comparisons (which do not
 * chain), `+ -`, `* / %` to signs. It goes on after an error, so that one reading names several.
 */
import { type Diagnostic, nearest, type Span } from './diagnostic.ts';
import { type Token, tokenize } from './lexer.ts';
import { LANG_LIMITS } from './limits.ts';
import {
  type Arithmetic,
  type Comparison,
  type Expression,
  LIST_OPERATORS,
  type ListOperator,
  TEXT_OPERATORS,
  type TextOperator,
} from './tree.ts';
import { TimeSpan, type Value } from './value.ts';

export interface Parsed {
  /** Null where there is nothing to read. With errors the tree has `error` nodes and is not to be run. */
  readonly tree: Expression | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Levels of binding; a comparison takes operands that bind tighter on both sides. */
const OR = 1;
const AND = 2;
const NOT = 3;
const COMPARISON = 4;
const SUM = 5;
const PRODUCT = 6;

const ARITHMETIC: Readonly<Record<string, number>> = { '+': SUM, '-': SUM, '*': PRODUCT, '/': PRODUCT, '%': PRODUCT };
const COMPARISONS: readonly string[] = ['==', '!=', '=~', '!~', '<', '<=', '>', '>='];

/** How one word operator of text is written. */
interface TextForm {
  readonly operator: TextOperator;
  readonly negated: boolean;
  readonly caseSensitive: boolean;
}

const TEXT_FORMS: ReadonlyMap<string, TextForm> = new Map(
  TEXT_OPERATORS.flatMap((operator) =>
    [false, true].flatMap((negated) =>
      [false, true].map((caseSensitive): [string, TextForm] => [
        `${negated ? '!' : ''}${operator}${caseSensitive ? '_cs' : ''}`,
        { operator, negated, caseSensitive },
      ]),
    ),
  ),
);

/** Every operator that stands between two operands. */
export const OPERATORS: readonly string[] = [
  'or',
  'and',
  ...COMPARISONS,
  ...TEXT_FORMS.keys(),
  'matches regex',
  ...LIST_OPERATORS,
  'between',
  '!between',
  ...Object.keys(ARITHMETIC),
];

/** What people write who think of another language, and what it is called here. */
const FOREIGN: Readonly<Record<string, string>> = {
  like: 'contains, startswith, endswith or matches regex',
  is: '==, isnull(x) or isnotnull(x)',
  regex: 'matches regex',
  match: 'matches regex',
  '!matches': 'not(x matches regex …)',
  includes: 'contains',
  starts_with: 'startswith',
  ends_with: 'endswith',
};

const RESERVED: ReadonlySet<string> = new Set([
  'and',
  'or',
  'not',
  'in',
  'between',
  'matches',
  'true',
  'false',
  'null',
]);
const LITERALS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

/** Whether a key can stand at the head of a path as it is. */
export function isPlainHead(key: string): boolean {
  return isPlainKey(key) && !RESERVED.has(key) && !TEXT_FORMS.has(key) && !LIST_OPERATORS.some((word) => word === key);
}

/** Whether a key can follow a dot as it is. */
export function isPlainKey(key: string): boolean {
  return /^[A-Za-z_@][A-Za-z0-9_]*$/.test(key) && key !== '@';
}

/** Reads one expression. Never throws; time and memory follow the length of the text, which is bounded. */
export function parse(text: string): Parsed {
  if (text.length > LANG_LIMITS.expressionLengthMax) {
    const message = `the expression has ${text.length} characters; ${LANG_LIMITS.expressionLengthMax} are possible`;
    return { tree: null, diagnostics: [problem('lang.limit', message, { start: 0, end: text.length })] };
  }
  return new Parser(tokenize(text)).whole();
}

function problem(
  code: string,
  message: string,
  span: Span,
  expected: readonly string[] = [],
  suggestion: string | null = null,
): Diagnostic {
  return { code, severity: 'error', message, span, expected, suggestion };
}

/** Ends the parse: too deep, or too many errors. */
class Stop extends Error {}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #diagnostics: Diagnostic[] = [];
  #next = 0;
  #level = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Parsed {
    if (this.#peek().kind === 'end') {
      const nothing = problem('lang.syntax', 'there is nothing to read', this.#peek().span, ['an expression']);
      return { tree: null, diagnostics: [nothing] };
    }
    let tree: Expression | null = null;
    try {
      tree = this.#expression(OR);
      while (this.#peek().kind !== 'end') {
        this.#refuseOperator(['an operator', 'the end']);
        this.#synchronise();
        // What follows is read for its errors only.
        if (this.#peek().kind !== 'end') this.#take();
        if (this.#peek().kind !== 'end') this.#expression(OR);
      }
    } catch (stop) {
      if (!(stop instanceof Stop)) throw stop;
      tree = null;
    }
    return { tree, diagnostics: this.#diagnostics };
  }

  #peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)];
  }

  #take(): Token {
    const token = this.#peek();
    if (this.#next < this.#tokens.length - 1) this.#next++;
    return token;
  }

  #is(text: string): boolean {
    const { kind, text: own } = this.#peek();
    return own === text && (kind === 'operator' || kind === 'name');
  }

  /** Takes the token if it is this one. */
  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#take();
    return true;
  }

  #report(diagnostic: Diagnostic): void {
    // Several errors at one place say the same thing.
    if (this.#diagnostics.at(-1)?.span.start === diagnostic.span.start) return;
    this.#diagnostics.push(diagnostic);
    if (this.#diagnostics.length >= LANG_LIMITS.expressionErrorsMax) throw new Stop();
  }

  /** What came instead of what was expected. */
  #unexpected(expected: readonly string[], suggestion: string | null = null): void {
    const token = this.#peek();
    if (token.kind === 'bad') {
      this.#report(problem('lang.syntax', token.problem, token.span, expected, token.suggestion));
      return;
    }
    const came = token.kind === 'end' ? 'the expression ends' : `${token.text} stands`;
    this.#report(
      problem('lang.syntax', `${came} where ${expected.join(' or ')} is expected`, token.span, expected, suggestion),
    );
  }

  #expect(text: string, suggestion: string | null = null): void {
    if (!this.#accept(text)) this.#unexpected([text], suggestion);
  }

  /** An operand has been read, and what follows is no operator. */
  #refuseOperator(expected: readonly string[]): void {
    const { kind, text } = this.#peek();
    let hint: string | null = null;
    if (COMPARISONS.includes(text) || TEXT_FORMS.has(text)) hint = 'Comparisons do not chain: join two with and.';
    else if (text === ')') hint = 'There is no ( for it.';
    else if (kind === 'name' || text.startsWith('!')) {
      const near = Object.hasOwn(FOREIGN, text) ? FOREIGN[text] : nearest(text, OPERATORS);
      if (near !== null) hint = `Did you mean ${near}?`;
    }
    this.#unexpected(expected, hint);
  }

  /** Goes on to where an expression can end. */
  #synchronise(): void {
    while (this.#peek().kind !== 'end') {
      if ([')', ']', ',', '..', 'and', 'or'].some((text) => this.#is(text))) return;
      this.#take();
    }
  }

  /** Runs one level deeper; `extra` levels are taken by what was read before it on the same level. */
  #deeper<T>(read: () => T): T {
    this.#level++;
    this.#checkLevel(this.#level);
    const result = read();
    this.#level--;
    return result;
  }

  #checkLevel(level: number): void {
    if (level <= LANG_LIMITS.expressionLevelsMax) return;
    const message = `more than ${LANG_LIMITS.expressionLevelsMax} levels of parentheses and operators`;
    this.#diagnostics.push(
      problem('lang.limit', message, this.#peek().span, [], 'Write a list (in, has_any) or several expressions.'),
    );
    throw new Stop();
  }

  #expression(binding: number): Expression {
    return this.#deeper(() => {
      let left = this.#prefix(binding);
      for (let chain = 1; ; chain++) {
        const next = this.#infix(left, binding);
        if (next === null) return left;
        this.#checkLevel(this.#level + chain);
        left = next;
      }
    });
  }

  /** `not x` binds looser than a comparison and tighter than `and`; `not(x)` is a function, as in Kusto. */
  #prefix(binding: number): Expression {
    if (this.#is('not') && this.#peek(1).text !== '(' && binding <= NOT) {
      const { span } = this.#take();
      const operand = this.#expression(NOT);
      return { kind: 'not', operand, span: { start: span.start, end: operand.span.end } };
    }
    return this.#sign();
  }

  #sign(): Expression {
    const token = this.#peek();
    if (!this.#is('-') && !this.#is('+')) return this.#primary();
    this.#take();
    const after = this.#peek();
    // A number or span as digits; what stands in quotes or after a type's name is not touched.
    if (token.text === '-' && after.kind === 'value' && /^[0-9]/.test(after.text)) {
      this.#take();
      const span = { start: token.span.start, end: after.span.end };
      return { kind: 'literal', value: negative(after.value), span };
    }
    const operand = this.#deeper(() => this.#sign());
    if (token.text === '+') return operand;
    return { kind: 'negate', operand, span: { start: token.span.start, end: operand.span.end } };
  }

  #infix(left: Expression, binding: number): Expression | null {
    const token = this.#peek();
    if (token.kind !== 'operator' && token.kind !== 'name') return null;
    const word = token.text;
    if (word === 'and' || word === 'or') return this.#logical(left, word, binding);
    if (Object.hasOwn(ARITHMETIC, word)) {
      const own = ARITHMETIC[word];
      if (own < binding) return null;
      this.#take();
      const right = this.#expression(own + 1);
      return { kind: 'arithmetic', operator: word as Arithmetic, left, right, span: join(left, right) };
    }
    // A comparison's operands bind tighter, so that `a == b == c` is an error and not a guess.
    if (binding > COMPARISON || isComparison(left, this.#tokens[this.#next - 1])) return null;
    return this.#compared(left, word);
  }

  #logical(left: Expression, word: 'and' | 'or', binding: number): Expression | null {
    const own = word === 'and' ? AND : OR;
    if (own < binding) return null;
    const operands = [left];
    while (this.#accept(word)) operands.push(this.#expression(own + 1));
    return { kind: word, operands, span: join(left, operands[operands.length - 1]) };
  }

  #compared(left: Expression, word: string): Expression | null {
    const form = TEXT_FORMS.get(word);
    const list = LIST_OPERATORS.find((operator) => operator === word);
    if (COMPARISONS.includes(word)) {
      this.#take();
      const right = this.#expression(SUM);
      return { kind: 'comparison', operator: word as Comparison, left, right, span: join(left, right) };
    }
    if (form !== undefined) {
      this.#take();
      const right = this.#expression(SUM);
      return { kind: 'text', ...form, left, right, span: join(left, right) };
    }
    if (list !== undefined) return this.#list(left, list);
    if (word === 'between' || word === '!between') return this.#between(left, word === '!between');
    if (word === 'matches') {
      this.#take();
      this.#expect('regex', 'The operator is called matches regex.');
      const right = this.#expression(SUM);
      return { kind: 'regex', left, right, span: join(left, right) };
    }
    return null;
  }

  #list(left: Expression, operator: ListOperator): Expression {
    this.#take();
    if (!this.#is('(')) {
      this.#unexpected(['('], `Write ${operator} (first, second).`);
      const right = this.#expression(SUM);
      return { kind: 'error', span: join(left, right) };
    }
    const { items, end } = this.#arguments();
    if (items.length === 0) {
      const span = { start: left.span.start, end };
      this.#report(problem('lang.syntax', `${operator} has an empty list`, span, ['a value']));
    }
    return { kind: 'list', operator, left, items, span: { start: left.span.start, end } };
  }

  #between(operand: Expression, negated: boolean): Expression {
    this.#take();
    this.#expect('(', 'Write between (low .. high).');
    const low = this.#expression(OR);
    this.#expect('..', 'Write between (low .. high).');
    const high = this.#expression(OR);
    const { span } = this.#peek();
    this.#expect(')');
    return { kind: 'between', negated, operand, low, high, span: { start: operand.span.start, end: span.end } };
  }

  /** `(a, b, …)`, from its parenthesis on. */
  #arguments(): { readonly items: Expression[]; readonly end: number } {
    this.#take();
    const items: Expression[] = [];
    while (!this.#is(')') && this.#peek().kind !== 'end') {
      items.push(this.#expression(OR));
      if (this.#accept(',')) {
        if (this.#is(')')) this.#unexpected(['a value'], 'Remove the last comma.');
        continue;
      }
      if (this.#is(')')) break;
      this.#refuseOperator([',', ')']);
      this.#synchronise();
      if (!this.#accept(',')) break;
    }
    const { span } = this.#peek();
    this.#expect(')');
    return { items, end: span.end };
  }

  #primary(): Expression {
    const token = this.#peek();
    if (token.kind === 'value') {
      this.#take();
      return { kind: 'literal', value: token.value, span: token.span };
    }
    if (this.#is('(')) {
      this.#take();
      const inner = this.#expression(OR);
      if (!this.#is(')')) {
        this.#refuseOperator([')', 'an operator']);
        this.#synchronise();
      }
      this.#accept(')');
      return inner;
    }
    if (this.#is('[')) return this.#field();
    if (token.kind === 'name') {
      if (Object.hasOwn(LITERALS, token.text)) {
        this.#take();
        return { kind: 'literal', value: LITERALS[token.text], span: token.span };
      }
      if (this.#peek(1).text === '(' && this.#peek(1).kind === 'operator' && !isWordOperator(token.text)) {
        return this.#call();
      }
      if (isPlainHead(token.text)) return this.#field();
    }
    return this.#missing();
  }

  /** An operand was expected and none came. */
  #missing(): Expression {
    const token = this.#peek();
    const reserved = token.kind === 'name' ? `To name a field ${token.text} write ["${token.text}"].` : null;
    this.#unexpected(['a field', 'a value', 'a function', '('], reserved);
    this.#synchronise();
    return { kind: 'error', span: token.span };
  }

  #call(): Expression {
    const name = this.#take();
    const { items, end } = this.#arguments();
    const span = { start: name.span.start, end };
    if (name.text === 'not') {
      if (items.length === 1) return { kind: 'not', operand: items[0], span };
      this.#report(problem('lang.syntax', `not(…) takes one argument, not ${items.length}`, span));
      return { kind: 'error', span };
    }
    return { kind: 'call', name: name.text, arguments: items, nameSpan: name.span, span };
  }

  #field(): Expression {
    const { start } = this.#peek().span;
    const keys: string[] = [];
    let { end } = this.#peek().span;
    if (!this.#is('[')) keys.push(this.#take().text);
    for (;;) {
      if (this.#is('[')) {
        this.#take();
        const key = this.#peek();
        if (key.kind === 'value' && typeof key.value === 'string') {
          this.#take();
          keys.push(key.value);
        } else this.#refuseKey(key);
        end = this.#peek().span.end;
        this.#expect(']');
      } else if (this.#is('.')) {
        this.#take();
        const key = this.#peek();
        if (key.kind !== 'name') {
          this.#unexpected(['a key'], 'Keys with other signs than letters, digits and _ are written ["key"].');
          break;
        }
        this.#take();
        keys.push(key.text);
        ({ end } = key.span);
      } else break;
    }
    return { kind: 'field', keys, span: { start, end } };
  }

  #refuseKey(key: Token): void {
    const number = typeof key.value === 'bigint';
    const hint = number
      ? 'Elements of lists are not numbered: a condition holds where it holds for any of them.'
      : 'Put the key in quotes.';
    this.#unexpected(['a key in quotes'], hint);
    while (this.#peek().kind !== 'end' && !this.#is(']')) this.#take();
  }
}

function negative(value: Value): Value {
  if (typeof value === 'bigint' || typeof value === 'number') return -value;
  return value instanceof TimeSpan ? new TimeSpan(-value.ticks) : value;
}

function isWordOperator(word: string): boolean {
  return (
    TEXT_FORMS.has(word) || LIST_OPERATORS.some((known) => known === word) || ['and', 'or', 'between'].includes(word)
  );
}

/** Whether a node is a comparison that no parentheses close off. */
function isComparison(node: Expression, last: Token): boolean {
  return (
    ['comparison', 'text', 'regex', 'list', 'between'].includes(node.kind) &&
    // The last token read ends the node itself; a parenthesis around it would end behind it.
    last.span.end === node.span.end
  );
}

function join(left: Expression, right: Expression): Span {
  return { start: left.span.start, end: right.span.end };
}
