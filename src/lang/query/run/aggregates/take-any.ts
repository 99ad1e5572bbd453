import type { Values } from '../../../value.ts';
import { type Row, sizeOfRow } from '../row.ts';
import type { Aggregate } from './aggregate.ts';

/** The first row; with one column the first in which that is not null. */
export const takeAny: Aggregate = (args, hold) => {
  let cells: readonly Values[] | null = null;
  const wanted = (found: readonly Values[]): boolean => args.length > 1 || found[0].length > 0;
  return {
    add: (row: Row) => {
      if (cells !== null) return;
      const found = args.map((argument) => argument(row));
      if (!wanted(found)) return;
      hold.take(sizeOfRow(row));
      cells = found;
    },
    finish: () => cells ?? args.map(() => []),
  };
};
