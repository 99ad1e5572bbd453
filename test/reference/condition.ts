import { Refused } from './yaml.ts';

/** A condition over the names of search identifiers. */
export type Condition =
  | { readonly is: 'and' | 'or'; readonly args: readonly Condition[] }
  | { readonly is: 'not'; readonly arg: Condition }
  | { readonly is: 'name'; readonly name: string };

/** `or` binds least, then `and`, then `not`, then `1 of …`, then parentheses. */
export function parseCondition(text: string, names: readonly string[]): Condition {
  const tokens = text.match(/[()|]|[^\s()|]+/g) ?? [];
  let at = 0;
  const word = (): string => (tokens[at] ?? '').toLowerCase();

  function chain(is: 'and' | 'or', operand: () => Condition): Condition {
    const args = [operand()];
    while (word() === is) {
      at++;
      args.push(operand());
    }
    const [only] = args;
    return args.length === 1 && only !== undefined ? only : { is, args };
  }
  const or = (): Condition => chain('or', and);
  const and = (): Condition => chain('and', not);

  function not(): Condition {
    if (word() !== 'not') return operand();
    at++;
    return { is: 'not', arg: not() };
  }

  function operand(): Condition {
    const token = tokens[at] ?? '';
    if (token === '(') {
      at++;
      const inner = or();
      if (tokens[at] !== ')') throw new Refused(`condition: a parenthesis is not closed: ${text}`);
      at++;
      return inner;
    }
    if (/^(?:1|any|all)$/i.test(token) && tokens[at + 1]?.toLowerCase() === 'of') {
      const pattern = tokens[at + 2] ?? '';
      at += 3;
      return { is: /^all$/i.test(token) ? 'and' : 'or', args: chosen(pattern).map((name) => ({ is: 'name', name })) };
    }
    if (token === '' || /^(?:and|or|not|\)|\|)$/i.test(token) || !names.includes(token)) {
      throw new Refused(`condition: expected a search identifier, got "${token}": ${text}`);
    }
    at++;
    return { is: 'name', name: token };
  }

  function chosen(pattern: string): string[] {
    const literal = pattern.split('*').map((piece) => piece.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
    const expression = new RegExp(`^${literal.join('.*')}$`);
    const found =
      pattern === 'them'
        ? names.filter((name) => !name.startsWith('_'))
        : names.filter((name) => expression.test(name));
    if (found.length === 0) throw new Refused(`condition: no search identifier is named ${pattern}`);
    return found;
  }

  const result = or();
  if (at < tokens.length) throw new Refused(`condition: "${tokens[at]}" was not expected: ${text}`);
  return result;
}
