/** Where a reader is in a text: the next tokens, and what was found wrong so far. */
import type { Diagnostic, Span } from './diagnostic.ts';
import { readToken, type Token } from './lexer.ts';
import { LANG_LIMITS } from './limits.ts';

/** Ends the reading: too deep, too long or too many errors. */
export class Stop extends Error {}

/** Signs that are tokens of queries but nothing in an expression. */
const STRAY: Readonly<Record<string, readonly [problem: string, suggestion: string | null]>> = {
  '=': ['a single = compares nothing', 'Write == (or =~ to ignore case).'],
  '|': ['| is no operator here', 'Write or; pipes belong to queries, not to expressions.'],
  '!': ['! stands only before an operator, as in !has', 'Write not(…).'],
};

export function problem(
  code: string,
  message: string,
  span: Span,
  expected: readonly string[] = [],
  suggestion: string | null = null,
): Diagnostic {
  return { code, severity: 'error', message, span, expected, suggestion };
}

/** What was expected, as words: all of a short list. */
function alternatives(expected: readonly string[]): string {
  return expected.join(' or ');
}

export class Cursor {
  readonly text: string;
  /** `expression` or `query`, as messages name it. */
  readonly what: string;
  readonly diagnostics: Diagnostic[] = [];
  /** Read already but not taken. */
  #ahead: Token[] = [];
  #last: Token | null = null;
  #offset = 0;
  #level = 0;

  constructor(text: string, what: string) {
    this.text = text;
    this.what = what;
  }

  peek(ahead = 0): Token {
    while (this.#ahead.length <= ahead) {
      const before = this.#ahead.at(-1) ?? this.#last;
      this.#ahead.push(
        readToken(this.text, before === null ? this.#offset : Math.max(before.span.end, this.#offset), before),
      );
    }
    return this.#ahead[ahead];
  }

  take(): Token {
    const token = this.peek();
    if (token.kind === 'end') return token;
    this.#ahead.shift();
    this.#last = token;
    return token;
  }

  /** The token taken last. */
  get last(): Token | null {
    return this.#last;
  }

  /** Goes on at an offset behind what was taken, after something else than tokens was read. */
  jump(offset: number): void {
    this.#ahead = [];
    this.#offset = offset;
  }

  get ended(): boolean {
    return this.peek().kind === 'end';
  }

  is(text: string, ahead = 0): boolean {
    const { kind, text: own } = this.peek(ahead);
    return own === text && (kind === 'operator' || kind === 'name');
  }

  /** Whether the next token is one of these. */
  isAny(texts: readonly string[]): boolean {
    return texts.some((text) => this.is(text));
  }

  /** Takes the token if it is this one. */
  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.take();
    return true;
  }

  report(diagnostic: Diagnostic): void {
    // Several errors at one place say the same thing.
    if (this.diagnostics.at(-1)?.span.start === diagnostic.span.start) return;
    this.diagnostics.push(diagnostic);
    if (this.diagnostics.length >= LANG_LIMITS.expressionErrorsMax) throw new Stop();
  }

  /** What came instead of what was expected. */
  unexpected(expected: readonly string[], suggestion: string | null = null): void {
    const token = this.peek();
    const { span } = token;
    const stray = Object.hasOwn(STRAY, token.text) && !(token.text === '|' && this.what === 'query');
    if (token.kind === 'bad') {
      this.report(problem('lang.syntax', token.problem, span, expected, token.suggestion));
    } else if (token.kind === 'operator' && stray) {
      const [message, hint] = STRAY[token.text];
      this.report(problem('lang.syntax', message, span, expected, suggestion ?? hint));
    } else {
      const came = token.kind === 'end' ? `the ${this.what} ends` : `${token.text} stands`;
      const message = `${came} where ${alternatives(expected)} is expected`;
      this.report(problem('lang.syntax', message, span, expected, suggestion));
    }
  }

  expect(text: string, suggestion: string | null = null): boolean {
    if (this.accept(text)) return true;
    this.unexpected([text], suggestion);
    return false;
  }

  /** Goes on to one of these, or to the end. */
  skipTo(stops: readonly string[]): void {
    while (!this.ended && !this.isAny(stops)) this.take();
  }

  /** Runs one level deeper. */
  deeper<T>(read: () => T): T {
    this.#level++;
    this.checkLevel(0);
    const result = read();
    this.#level--;
    return result;
  }

  /** `extra` levels are taken by what was read before on the same level. */
  checkLevel(extra: number): void {
    if (this.#level + extra <= LANG_LIMITS.expressionLevelsMax) return;
    const message = `more than ${LANG_LIMITS.expressionLevelsMax} levels of parentheses and operators`;
    const suggestion = `Write a list (in, has_any) or several ${this.what === 'query' ? 'steps' : 'expressions'}.`;
    this.diagnostics.push(problem('lang.limit', message, this.peek().span, [], suggestion));
    throw new Stop();
  }
}
