/** The condition language (specification, "Condition"): `not` binds tightest, then `and`, then `or`. */
import { limits } from '../../base/index.ts';
import { type At, type Condition, RuleError } from './parse.ts';

const AGGREGATIONS = /^(?:count|min|max|avg|sum|near)$/i;

/** Parses one condition; `at` is where it stands, for errors. Operators are known in any case. */
export function parseCondition(text: string, at: At): Condition {
  const parser = new Parser(text, at);
  return parser.parse();
}

class Parser {
  private readonly tokens: readonly string[];
  private readonly at: At;
  private next = 0;
  private depth = 0;

  constructor(text: string, at: At) {
    this.at = at;
    this.tokens = text.match(/[()|]|[^\s()|]+/g) ?? [];
    if (this.tokens.length === 0) throw this.error('the condition is empty');
    const pipe = this.tokens.indexOf('|');
    if (pipe >= 0) {
      const name = this.tokens[pipe + 1] ?? '';
      const what = AGGREGATIONS.test(name) ? `the aggregation "| ${name}"` : 'an aggregation after "|"';
      throw this.error(`${what} is deprecated and not supported`, 'Write a Sigma correlation rule instead.');
    }
    if (this.tokens.some((token) => /^near$/i.test(token))) {
      throw this.error('"near" is deprecated and not supported', 'Write a temporal Sigma correlation rule instead.');
    }
  }

  parse(): Condition {
    const condition = this.or();
    if (this.next < this.tokens.length) throw this.error(`unexpected "${this.tokens[this.next]}" in the condition`);
    return condition;
  }

  private or(): Condition {
    const args = [this.and()];
    while (this.keyword('or')) args.push(this.and());
    return args.length === 1 ? args[0] : { op: 'or', args };
  }

  private and(): Condition {
    const args = [this.not()];
    while (this.keyword('and')) args.push(this.not());
    return args.length === 1 ? args[0] : { op: 'and', args };
  }

  private not(): Condition {
    let negations = 0;
    while (this.keyword('not')) negations++;
    const operand = this.operand();
    return negations % 2 === 0 ? operand : { op: 'not', arg: operand };
  }

  private operand(): Condition {
    const token = this.tokens[this.next++];
    if (token === undefined) throw this.error('the condition ends where a selection is expected');
    if (token === '(') {
      if (++this.depth > limits.conditionLevelsMax) {
        throw this.error(`parentheses nested deeper than ${limits.conditionLevelsMax}`);
      }
      const inner = this.or();
      if (this.tokens[this.next++] !== ')') throw this.error('a parenthesis is not closed');
      this.depth--;
      return inner;
    }
    if (token === ')' || /^(?:and|or)$/i.test(token)) throw this.error(`unexpected "${token}" in the condition`);
    if (/^of$/i.test(this.tokens[this.next] ?? '')) return this.of(token);
    return { op: 'selection', name: token };
  }

  private of(quantifier: string): Condition {
    const known = /^(?:1|any)$/i.test(quantifier) ? 'any' : /^all$/i.test(quantifier) ? 'all' : null;
    if (known === null) throw this.error(`"${quantifier} of" is not supported; only 1 of, any of and all of are`);
    this.next++;
    const target = this.tokens[this.next++];
    if (target === undefined || /^[()]$/.test(target)) throw this.error(`"${quantifier} of" names no selections`);
    return { op: 'of', quantifier: known, pattern: /^them$/i.test(target) ? null : target };
  }

  private keyword(word: string): boolean {
    if (this.tokens[this.next]?.toLowerCase() !== word) return false;
    this.next++;
    return true;
  }

  private error(message: string, hint?: string): RuleError {
    return new RuleError(message, this.at, hint === undefined ? {} : { hint });
  }
}

/**
 * The selections an `of` speaks of, in the order of the rule. Names that start with `_` are left out by convention,
 * unless the pattern itself starts so.
 */
export function selectionsOf(pattern: string | null, names: Iterable<string>): string[] {
  if (pattern === null) return [...names].filter((name) => !name.startsWith('_'));
  const pieces = pattern.split('*');
  return [...names].filter((name) => matches(pieces, name) && (pattern.startsWith('_') || !name.startsWith('_')));
}

/** Whether the name is the pieces with anything between them. */
function matches(pieces: readonly string[], name: string): boolean {
  if (pieces.length === 1) return name === pieces[0];
  const last = pieces[pieces.length - 1];
  if (!name.startsWith(pieces[0])) return false;
  let at = pieces[0].length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
