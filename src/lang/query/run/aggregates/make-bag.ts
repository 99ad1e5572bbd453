import { Bag, type Value } from '../../../value.ts';
import { sizeOfValue } from '../row.ts';
import { overValues } from './aggregate.ts';
import { limitOf } from './make-list.ts';

/** The members of all bags in one; of members with the same name the first stays. Other values have no members. */
export const makeBag = overValues(([, most], hold) => {
  const limit = limitOf(most);
  const entries = new Map<string, Value>();
  return {
    add: (value) => {
      if (!(value instanceof Bag)) return;
      for (const [key, item] of value.entries) {
        if (entries.has(key) || entries.size >= limit) continue;
        hold.take(48 + 2 * key.length + sizeOfValue(item));
        entries.set(key, item);
      }
    },
    finish: () => new Bag(entries),
  };
});
