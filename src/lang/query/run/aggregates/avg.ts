import { amountValue } from '../amount.ts';
import { overValues } from './aggregate.ts';
import { Total } from './sum.ts';

/** A real; of spans a span, of dates a date, cut to ticks. Null where there is nothing or kinds are mixed. */
export const avg = overValues(() => {
  const total = new Total();
  return {
    add: (value) => total.add(value),
    finish: () => {
      const { kind, whole, count } = total;
      if (kind === null) return null;
      if (kind !== 'number' && whole !== null) return amountValue(kind, whole / BigInt(count));
      return total.real / count;
    },
  };
});
