import type { Value } from '../../../value.ts';
import { amountOf } from '../amount.ts';
import { argumentError } from '../error.ts';
import { isNaNValue, orderOf } from '../order.ts';
import { sizeOfValue } from '../row.ts';
import { type Aggregate, constantOf, one } from './aggregate.ts';

/** Nearest rank, exact: the least value that at least so many of a hundred are not above. Null where there is nothing. */
export const percentile: Aggregate = ([argument, ...percents], hold) => {
  const shares = percents.map((percent) => shareOf(constantOf(percent)));
  const values: Value[] = [];
  return {
    add: (row) => {
      for (const value of argument(row)) {
        // What is no number, date or span has no place among them.
        if (amountOf(value) === null || isNaNValue(value)) continue;
        hold.take(8 + sizeOfValue(value));
        values.push(value);
      }
    },
    finish: () => {
      const sorted = values.map(readNumber).sort(orderOf);
      return shares.flatMap((share) => {
        // 29 of a hundred of 100 values is the 29th: 0.29 * 100 is not quite 29.
        const rank = Math.ceil((share * sorted.length) / 100);
        return one(sorted[Math.max(0, rank - 1)] ?? null);
      });
    },
  };
};

function readNumber(value: Value): Value {
  return typeof value === 'string' ? (amountOf(value)?.size ?? null) : value;
}

function shareOf(value: Value): number {
  const share = typeof value === 'bigint' ? Number(value) : value;
  if (typeof share === 'number' && share >= 0 && share <= 100) return share;
  throw argumentError('percentile needs a number from 0 to 100', 'Write it as digits: percentile(x, 95).');
}
