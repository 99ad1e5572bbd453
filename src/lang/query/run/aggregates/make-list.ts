import { List, type Value } from '../../../value.ts';
import type { Evaluate } from '../compile.ts';
import { argumentError } from '../error.ts';
import { identityOfValue, rankOf, sizeOfValue } from '../row.ts';
import { constantOf, overValues } from './aggregate.ts';

/** All values in the order they came; with a second argument no more than that. */
export const makeList = overValues(([, most], hold) => {
  const limit = limitOf(most);
  const items: Value[] = [];
  return {
    add: (value) => {
      if (items.length >= limit) return;
      hold.take(8 + sizeOfValue(value));
      items.push(value);
    },
    finish: () => new List(items),
  };
});

/** Each value once, in the order in which they were first seen; the items of lists each for itself, as in Kusto. */
export const makeSet = overValues(([, most], hold) => {
  const limit = limitOf(most);
  const items = new Map<string, Value>();
  const add = (value: Value): void => {
    if (value instanceof List) {
      for (const item of value.items) if (item !== null) add(item);
      return;
    }
    const key = identityOfValue(value);
    const known = items.get(key);
    if (known === undefined) {
      if (items.size >= limit) return;
      hold.take(48 + 2 * key.length + sizeOfValue(value));
      items.set(key, value);
    } else if (rankOf(value) < rankOf(known)) {
      items.set(key, value);
    }
  };
  return { add, finish: () => new List([...items.values()]) };
});

/** Without a bound of its own only memory bounds it: nothing is left out that was not asked to be. */
export function limitOf(most: Evaluate | undefined): number {
  if (most === undefined) return Number.POSITIVE_INFINITY;
  const value = constantOf(most);
  if (typeof value === 'bigint' && value > 0n) return Number(value);
  throw argumentError('the most items of a list must be a whole number above 0', 'Leave it out for all.');
}
