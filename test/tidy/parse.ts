/** The one place that knows the parser's types. */
import * as espree from 'espree';

export interface ESTree {
  readonly type: string;
  readonly loc: { readonly start: { readonly line: number } };
  readonly [key: string]: unknown;
}

/** Syntax tree of a module in plain JavaScript. */
export function parse(code: string): ESTree {
  return espree.parse(code, { ecmaVersion: 'latest', sourceType: 'module', loc: true }) as unknown as ESTree;
}
