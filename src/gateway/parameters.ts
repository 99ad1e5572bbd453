/** Parameters of queries: one that is not known is a mistake of the sender's, which silence would hide. */
import { Problem } from './problem.ts';

/** Throws `http.invalid`, naming what is unknown and what is known, where a name is not among the known. */
export function demandKnown(names: Iterable<string>, known: readonly string[]): void {
  const unknown = [...new Set(names)].filter((name) => !known.includes(name));
  if (unknown.length > 0) throw unknownParameters(unknown, known);
}

const SHOWN_MAX = 20;

export function unknownParameters(unknown: readonly string[], known: readonly string[]): Problem {
  const errors = unknown
    .slice(0, SHOWN_MAX)
    .map((name) => ({ at: `query.${name.slice(0, 64)}`, reason: 'no such parameter' }));
  const named = errors.map(({ at }) => at.slice('query.'.length)).join(', ');
  const hint = known.length === 0 ? 'There are none here.' : `There are: ${known.join(', ')}.`;
  return new Problem('http.invalid', `query: unknown ${named}`, { errors, hint });
}
