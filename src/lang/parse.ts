/**
 * From text to a tree: operators by precedence (Pratt), as in Kusto from `or` (loosest) over `and`, comparisons (which do not
 * chain), `+ -`, `* / %` to signs. It goes on after an error, so that one reading names several.
 */
import { Cursor, problem, Stop } from './cursor.ts';
import { type Diagnostic, nearest, type Span } from './diagnostic.ts';
import type { Token } from './lexer.ts';
import { LANG_LIMITS } from './limits.ts';
import { type Arithmetic, type Comparison, type Expression, LIST_OPERATORS, type ListOperator } from './tree.ts';
import { Bag, List, TimeSpan, type Value } from './value.ts';
import { COMPARISONS, FOREIGN, isPlainHead, isWordOperator, LITERALS, OPERATORS, TEXT_FORMS } from './words.ts';

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
/** Reads one expression. Never throws; time and memory follow the length of the text, which is bounded. */
export function parse(text: string): Parsed {
  if (text.length > LANG_LIMITS.expressionLengthMax) {
    const message = `the expression has ${text.length} characters; ${LANG_LIMITS.expressionLengthMax} are possible`;
    return { tree: null, diagnostics: [problem('lang.limit', message, { start: 0, end: text.length })] };
  }
  const cursor = new Cursor(text, 'expression');
  if (cursor.ended) {
    const nothing = problem('lang.syntax', 'there is nothing to read', cursor.peek().span, ['an expression']);
    return { tree: null, diagnostics: [nothing] };
  }
  try {
    const reader = new ExpressionReader(cursor);
    const tree = reader.read();
    while (!cursor.ended) {
      reader.refuseOperator(['an operator', 'the end']);
      reader.synchronise();
      // What follows is read for its errors only.
      cursor.take();
      if (!cursor.ended) reader.read();
    }
    return { tree, diagnostics: cursor.diagnostics };
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop;
    return { tree: null, diagnostics: cursor.diagnostics };
  }
}

/** What queries add to expressions: `*`, and pipelines where values are wanted. */
export interface Subqueries {
  /** Reads a pipeline if one begins here, or null; `always`: whatever begins here. */
  read(always: boolean): Expression | null;
}

/** Reads expressions where a cursor stands. */
export class ExpressionReader {
  readonly #cursor: Cursor;
  readonly #subqueries: Subqueries | null;

  constructor(cursor: Cursor, subqueries: Subqueries | null = null) {
    this.#cursor = cursor;
    this.#subqueries = subqueries;
  }

  /** One expression, as far as it goes. */
  read(): Expression {
    return this.#expression(OR);
  }

  /** A path and nothing behind it: what stands here begins one. */
  path(): Expression {
    return this.#field();
  }

  /** An operand has been read, and what follows is no operator. */
  refuseOperator(expected: readonly string[]): void {
    const { kind, text } = this.#cursor.peek();
    let hint: string | null = null;
    if (COMPARISONS.includes(text) || TEXT_FORMS.has(text)) hint = 'Comparisons do not chain: join two with and.';
    else if (text === ')') hint = 'There is no ( for it.';
    else if (kind === 'name' || text.startsWith('!')) {
      const near = Object.hasOwn(FOREIGN, text) ? FOREIGN[text] : nearest(text, OPERATORS);
      if (near !== null) hint = `Did you mean ${near}?`;
    }
    this.#cursor.unexpected(expected, hint);
  }

  /** Goes on to where an expression can end. */
  synchronise(): void {
    const stops = [')', ']', ',', '..', 'and', 'or'];
    // In a query a pipe ends the step that the expression stands in.
    this.#cursor.skipTo(this.#subqueries === null ? stops : [...stops, '|', ';']);
  }

  #expression(binding: number): Expression {
    return this.#cursor.deeper(() => {
      let left = this.#prefix(binding);
      for (let chain = 1; ; chain++) {
        const next = this.#infix(left, binding);
        if (next === null) return left;
        this.#cursor.checkLevel(chain);
        left = next;
      }
    });
  }

  /** `not x` binds looser than a comparison and tighter than `and`; `not(x)` is a function, as in Kusto. */
  #prefix(binding: number): Expression {
    if (this.#cursor.is('not') && this.#cursor.peek(1).text !== '(' && binding <= NOT) {
      const { span } = this.#cursor.take();
      const operand = this.#expression(NOT);
      return { kind: 'not', operand, span: { start: span.start, end: operand.span.end } };
    }
    return this.#sign();
  }

  #sign(): Expression {
    const token = this.#cursor.peek();
    if (!this.#cursor.is('-') && !this.#cursor.is('+')) return this.#primary();
    this.#cursor.take();
    const after = this.#cursor.peek();
    // A number or span as digits; what stands in quotes or after a type's name is not touched.
    if (token.text === '-' && after.kind === 'value' && /^[0-9]/.test(after.text)) {
      this.#cursor.take();
      const span = { start: token.span.start, end: after.span.end };
      return { kind: 'literal', value: negative(after.value), span };
    }
    const operand = this.#cursor.deeper(() => this.#sign());
    if (token.text === '+') return operand;
    return { kind: 'negate', operand, span: { start: token.span.start, end: operand.span.end } };
  }

  #infix(left: Expression, binding: number): Expression | null {
    const token = this.#cursor.peek();
    if (token.kind !== 'operator' && token.kind !== 'name') return null;
    const word = token.text;
    if (word === 'and' || word === 'or') return this.#logical(left, word, binding);
    if (Object.hasOwn(ARITHMETIC, word)) {
      const own = ARITHMETIC[word];
      if (own < binding) return null;
      this.#cursor.take();
      const right = this.#expression(own + 1);
      return { kind: 'arithmetic', operator: word as Arithmetic, left, right, span: join(left, right) };
    }
    // A comparison's operands bind tighter, so that `a == b == c` is an error and not a guess.
    if (binding > COMPARISON || isComparison(left, this.#cursor.last)) return null;
    return this.#compared(left, word);
  }

  #logical(left: Expression, word: 'and' | 'or', binding: number): Expression | null {
    const own = word === 'and' ? AND : OR;
    if (own < binding) return null;
    const operands = [left];
    while (this.#cursor.accept(word)) operands.push(this.#expression(own + 1));
    return { kind: word, operands, span: join(left, operands[operands.length - 1]) };
  }

  #compared(left: Expression, word: string): Expression | null {
    const form = TEXT_FORMS.get(word);
    const list = LIST_OPERATORS.find((operator) => operator === word);
    if (COMPARISONS.includes(word)) {
      this.#cursor.take();
      const right = this.#expression(SUM);
      return { kind: 'comparison', operator: word as Comparison, left, right, span: join(left, right) };
    }
    if (form !== undefined) {
      this.#cursor.take();
      const right = this.#expression(SUM);
      return { kind: 'text', ...form, left, right, span: join(left, right) };
    }
    if (list !== undefined) return this.#list(left, list);
    if (word === 'between' || word === '!between') return this.#between(left, word === '!between');
    if (word === 'matches') {
      this.#cursor.take();
      this.#cursor.expect('regex', 'The operator is called matches regex.');
      const right = this.#expression(SUM);
      return { kind: 'regex', left, right, span: join(left, right) };
    }
    return null;
  }

  #list(left: Expression, operator: ListOperator): Expression {
    this.#cursor.take();
    if (!this.#cursor.is('(')) {
      this.#cursor.unexpected(['('], `Write ${operator} (first, second).`);
      const right = this.#expression(SUM);
      return { kind: 'error', span: join(left, right) };
    }
    const { items, end } = this.#arguments(() => this.#subqueries?.read(false) ?? null);
    if (items.length === 0) {
      const span = { start: left.span.start, end };
      this.#cursor.report(problem('lang.syntax', `${operator} has an empty list`, span, ['a value']));
    }
    return { kind: 'list', operator, left, items, span: { start: left.span.start, end } };
  }

  #between(operand: Expression, negated: boolean): Expression {
    this.#cursor.take();
    this.#cursor.expect('(', 'Write between (low .. high).');
    const low = this.#expression(OR);
    this.#cursor.expect('..', 'Write between (low .. high).');
    const high = this.#expression(OR);
    const { span } = this.#cursor.peek();
    this.#cursor.expect(')');
    return { kind: 'between', negated, operand, low, high, span: { start: operand.span.start, end: span.end } };
  }

  /** `(a, b, …)`, from its parenthesis on. */
  #arguments(only: () => Expression | null = () => null): { readonly items: Expression[]; readonly end: number } {
    this.#cursor.take();
    const first = only();
    const items: Expression[] = first === null ? [] : [first];
    if (first !== null && !this.#cursor.is(')')) {
      this.#cursor.unexpected([')', '|']);
      this.#cursor.skipTo([')', ';']);
    }
    while (!this.#cursor.is(')') && this.#cursor.peek().kind !== 'end') {
      items.push(this.#expression(OR));
      if (this.#cursor.accept(',')) {
        if (this.#cursor.is(')')) this.#cursor.unexpected(['a value'], 'Remove the last comma.');
        continue;
      }
      if (this.#cursor.is(')')) break;
      this.refuseOperator([',', ')']);
      this.synchronise();
      if (!this.#cursor.accept(',')) break;
    }
    const { span } = this.#cursor.peek();
    this.#cursor.expect(')');
    return { items, end: span.end };
  }

  #primary(): Expression {
    const token = this.#cursor.peek();
    if (token.kind === 'value') {
      this.#cursor.take();
      return { kind: 'literal', value: token.value, span: token.span };
    }
    if (this.#cursor.is('(')) {
      this.#cursor.take();
      const inner = this.#expression(OR);
      if (!this.#cursor.is(')')) {
        this.refuseOperator([')', 'an operator']);
        this.synchronise();
      }
      this.#cursor.accept(')');
      return this.#members(inner);
    }
    if (this.#cursor.is('[')) return this.#field();
    if (this.#cursor.is('*') && this.#subqueries !== null) {
      this.#cursor.take();
      return { kind: 'every', keys: [], span: token.span };
    }
    if (token.kind === 'name') {
      if (Object.hasOwn(LITERALS, token.text)) {
        this.#cursor.take();
        return { kind: 'literal', value: LITERALS[token.text], span: token.span };
      }
      if (this.#cursor.is('(', 1) && !isWordOperator(token.text)) {
        return this.#members(token.text === 'dynamic' ? this.#dynamic() : this.#call());
      }
      if (isPlainHead(token.text)) return this.#field();
    }
    return this.#missing();
  }

  /** An operand was expected and none came. */
  #missing(): Expression {
    const token = this.#cursor.peek();
    const reserved = token.kind === 'name' ? `To name a field ${token.text} write ["${token.text}"].` : null;
    this.#cursor.unexpected(['a field', 'a value', 'a function', '('], reserved);
    this.synchronise();
    return { kind: 'error', span: token.span };
  }

  #call(): Expression {
    const name = this.#cursor.take();
    const { items, end } = this.#arguments(() => this.#subqueries?.read(name.text === 'toscalar') ?? null);
    const span = { start: name.span.start, end };
    if (name.text === 'not') {
      if (items.length === 1) return { kind: 'not', operand: items[0], span };
      this.#cursor.report(problem('lang.syntax', `not(…) takes one argument, not ${items.length}`, span));
      return { kind: 'error', span };
    }
    return { kind: 'call', name: name.text, arguments: items, nameSpan: name.span, span };
  }

  #field(): Expression {
    const { start } = this.#cursor.peek().span;
    const keys: string[] = [];
    let { end } = this.#cursor.peek().span;
    const node = (): Expression => ({ kind: 'field', keys, span: { start, end } });
    if (!this.#cursor.is('[')) keys.push(this.#cursor.take().text);
    else {
      const first = this.#key();
      if (first === null) return node();
      keys.push(first.key);
      ({ end } = first);
    }
    while (this.#memberFollows()) {
      const after = this.#cursor.peek(1);
      if (this.#cursor.is('.') && this.#subqueries !== null && after.text === '*') {
        this.#cursor.take();
        this.#cursor.take();
        return { kind: 'every', keys, span: { start, end: after.span.end } };
      }
      const quoted = after.kind === 'value' && typeof after.value === 'string';
      if (this.#cursor.is('[') && !quoted) return this.#members(node());
      const key = this.#key();
      if (key === null) return node();
      keys.push(key.key);
      ({ end } = key);
    }
    return node();
  }

  /** A dot, or a bracket that touches what it belongs to: behind a blank it begins something else. */
  #memberFollows(): boolean {
    const touches = this.#cursor.last?.span.end === this.#cursor.peek().span.start;
    return this.#cursor.is('.') || (this.#cursor.is('[') && touches);
  }

  /** `.key` or `["key"]`. */
  #key(): { readonly key: string; readonly end: number } | null {
    const bracket = this.#cursor.take().text === '[';
    const key = this.#cursor.peek();
    if (bracket && key.kind === 'value' && typeof key.value === 'string') {
      this.#cursor.take();
      const { end } = this.#cursor.peek().span;
      this.#cursor.expect(']');
      return { key: key.value, end };
    }
    if (!bracket && key.kind === 'name') {
      this.#cursor.take();
      return { key: key.text, end: key.span.end };
    }
    if (bracket) {
      this.#cursor.unexpected(['a key in quotes'], 'Put the key in quotes.');
      this.#cursor.skipTo([']', '|', ';']);
      this.#cursor.accept(']');
    } else {
      this.#cursor.unexpected(['a key'], 'Keys with other signs than letters, digits and _ are written ["key"].');
    }
    return null;
  }

  /** `[0]`, `["key"]` and `.key` behind what is no plain path. */
  #members(first: Expression): Expression {
    let operand = first;
    const { start } = first.span;
    for (let chain = 1; this.#memberFollows(); chain++) {
      this.#cursor.checkLevel(chain);
      if (this.#cursor.is('.')) {
        const { span } = this.#cursor.peek(1);
        const key = this.#key();
        if (key === null) return operand;
        operand = {
          kind: 'member',
          operand,
          key: { kind: 'literal', value: key.key, span },
          span: { start, end: key.end },
        };
      } else {
        this.#cursor.take();
        const key = this.#expression(OR);
        const { end } = this.#cursor.peek().span;
        if (!this.#cursor.accept(']')) {
          this.refuseOperator([']']);
          this.synchronise();
          this.#cursor.accept(']');
        }
        operand = { kind: 'member', operand, key, span: { start, end } };
      }
    }
    return operand;
  }

  /** `dynamic([…])`: JSON, in which texts may also be written as elsewhere in the language. */
  #dynamic(): Expression {
    const { start } = this.#cursor.take().span;
    this.#cursor.take();
    const value = this.#item();
    const { end } = this.#cursor.peek().span;
    if (!this.#cursor.expect(')')) {
      this.synchronise();
      this.#cursor.accept(')');
    }
    return { kind: 'literal', value, span: { start, end } };
  }

  #item(): Value {
    return this.#cursor.deeper(() => {
      const token = this.#cursor.peek();
      if (this.#cursor.accept('[')) return new List(this.#items(']', () => this.#item()));
      if (this.#cursor.accept('{')) return new Bag(new Map(this.#items('}', () => this.#entry())));
      const sign = this.#cursor.accept('-');
      const value = sign ? this.#cursor.peek() : token;
      if (value.kind === 'value' && (!sign || /^[0-9]/.test(value.text))) {
        this.#cursor.take();
        return sign ? negative(value.value) : value.value;
      }
      if (!sign && value.kind === 'name' && Object.hasOwn(LITERALS, value.text)) {
        this.#cursor.take();
        return LITERALS[value.text];
      }
      this.#cursor.unexpected(['a value', '[', '{'], 'dynamic(…) holds JSON: values, [lists] and {"key": value}.');
      return null;
    });
  }

  #entry(): [string, Value] {
    const key = this.#cursor.peek();
    if (key.kind !== 'value' || typeof key.value !== 'string') {
      this.#cursor.unexpected(['a key in quotes']);
      this.#cursor.skipTo([',', '}', ')', '|', ';']);
      return ['', null];
    }
    this.#cursor.take();
    this.#cursor.expect(':');
    return [key.value, this.#item()];
  }

  #items<T>(close: string, read: () => T): T[] {
    const items: T[] = [];
    if (this.#cursor.accept(close)) return items;
    do items.push(read());
    while (this.#cursor.accept(','));
    if (!this.#cursor.accept(close)) {
      this.#cursor.unexpected([',', close]);
      this.#cursor.skipTo([close, ')', '|', ';']);
      this.#cursor.accept(close);
    }
    return items;
  }
}

function negative(value: Value): Value {
  if (typeof value === 'bigint' || typeof value === 'number') return -value;
  return value instanceof TimeSpan ? new TimeSpan(-value.ticks) : value;
}

/** Whether a node is a comparison that no parentheses close off. */
function isComparison(node: Expression, last: Token | null): boolean {
  return (
    ['comparison', 'text', 'regex', 'list', 'between'].includes(node.kind) &&
    // The last token read ends the node itself; a parenthesis around it would end behind it.
    last?.span.end === node.span.end
  );
}

function join(left: Expression, right: Expression): Span {
  return { start: left.span.start, end: right.span.end };
}
