import { identityOfValue } from '../row.ts';
import { overValues } from './aggregate.ts';

/** Exact; 4624 and "4624" count as one, as in `summarize by`. */
export const dcount = overValues((_, hold) => {
  const seen = new Set<string>();
  return {
    add: (value) => {
      const key = identityOfValue(value);
      if (seen.has(key)) return;
      hold.take(48 + 2 * key.length);
      seen.add(key);
    },
    finish: () => BigInt(seen.size),
  };
});
