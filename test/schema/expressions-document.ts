/** The table of functions in docs/expressions.md, from the functions. */
import { FUNCTIONS } from '../../src/lang/index.ts';

export function functionTable(): string {
  return Object.values(FUNCTIONS)
    .map(({ signature, about }) => `| \`${signature}\` | ${about} |`)
    .join('\n');
}
