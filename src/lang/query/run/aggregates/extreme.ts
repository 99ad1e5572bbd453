import type { Value } from '../../../value.ts';
import { isNaNValue, orderOf } from '../order.ts';
import { sizeOfValue } from '../row.ts';
import { type Aggregate, overValues } from './aggregate.ts';

/** Whether a value stands before another in the order of a `min` (-1) or a `max` (1). NaN gives way to everything. */
export function beats(value: Value, best: Value, sign: -1 | 1): boolean {
  return isNaNValue(best) || orderOf(value, best) === sign;
}

function extreme(sign: -1 | 1): Aggregate {
  return overValues((_, hold) => {
    let best: Value = null;
    return {
      add: (value) => {
        if (best !== null && !beats(value, best, sign)) return;
        hold.take(sizeOfValue(value) - (best === null ? 0 : sizeOfValue(best)));
        best = value;
      },
      finish: () => best,
    };
  });
}

/** In the order of `sort`; null where there is nothing. */
export const min = extreme(-1);
export const max = extreme(1);
