import type { Value, Values } from '../../../value.ts';
import { isNaNValue, sortValue } from '../order.ts';
import { type Row, sizeOfRow } from '../row.ts';
import type { Aggregate } from './aggregate.ts';
import { beats } from './extreme.ts';

/**
 * The row in which the first argument is greatest or least, the first of them where several are; where it is null in all rows, the first
 * row. The row itself is kept, and its columns are worked out at the end.
 */
function arg(sign: -1 | 1): Aggregate {
  return (args, hold) => {
    const [measure] = args;
    let best: Value = null;
    let kept: Row | null = null;
    let size = 0;
    const keep = (row: Row, value: Value): void => {
      hold.give(size);
      size = sizeOfRow(row);
      hold.take(size);
      kept = row;
      best = value;
    };
    return {
      add: (row) => {
        const value = sortValue(measure(row), sign === 1 ? 'desc' : 'asc');
        if (kept === null) keep(row, value);
        else if (value !== null && (best === null || beats(value, best, sign))) keep(row, value);
      },
      finish: () => {
        const row = kept;
        const cells: Values[] = args.map((argument) => (row === null ? [] : argument(row)));
        // Of a field with several values the one that won.
        if (best !== null && !isNaNValue(best)) cells[0] = [best];
        return cells;
      },
    };
  };
}

export const argMax = arg(1);
export const argMin = arg(-1);
