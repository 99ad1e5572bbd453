import { amountOf } from '../amount.ts';
import { type Aggregate, overValues } from './aggregate.ts';

/** Of a sample, by Welford's method, which loses no digits to large means; 0 where there are fewer than two numbers. */
function spread(result: (variance: number) => number): Aggregate {
  return overValues(() => {
    let count = 0;
    let mean = 0;
    let squares = 0;
    return {
      add: (value) => {
        const amount = amountOf(value);
        if (amount === null || amount.kind !== 'number') return;
        const size = Number(amount.size);
        count++;
        const distance = size - mean;
        mean += distance / count;
        squares += distance * (size - mean);
      },
      finish: () => result(count < 2 ? 0 : squares / (count - 1)),
    };
  });
}

export const variance = spread((result) => result);
export const stdev = spread(Math.sqrt);
