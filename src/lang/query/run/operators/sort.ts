import type { Value } from '../../../value.ts';
import type { SortKey } from '../../tree.ts';
import { compile } from '../compile.ts';
import type { Context } from '../environment.ts';
import { comparator, sortValue } from '../order.ts';
import { type Row, type Shape, sizeOfRow, sizeOfValues } from '../row.ts';
import { batched } from '../streams.ts';
import type { StageOf } from './stage.ts';

/** A row with what it is sorted by. */
interface Placed {
  readonly row: Row;
  readonly by: readonly Value[];
}

export function placer(keys: readonly SortKey[], shape: Shape, context: Context): (row: Row) => Placed {
  const values = keys.map(({ value }) => compile(value, shape, context));
  return (row) => ({ row, by: values.map((value, i) => sortValue(value(row), keys[i].order)) });
}

export const sizeOfPlaced = ({ row, by }: Placed): number => sizeOfRow(row) + sizeOfValues(by);

function* rowsOf(placed: readonly Placed[]): Iterable<Row> {
  for (const { row } of placed) yield row;
}

/** All rows in order; those with equal keys in the order they came. */
export const sort: StageOf<'sort'> = (node, input, context) => {
  const place = placer(node.by, input, context);
  const compare = comparator(node.by);
  const hold = context.budget.hold('sort');
  return {
    ...input,
    batches: (async function* () {
      try {
        const rows: Placed[] = [];
        for await (const batch of input.batches) {
          context.check();
          for (const row of batch) {
            const placed = place(row);
            hold.take(sizeOfPlaced(placed));
            rows.push(placed);
          }
        }
        rows.sort((a, b) => compare(a.by, b.by));
        yield* batched(rowsOf(rows), context);
      } finally {
        hold.release();
      }
    })(),
  };
};
