import { countOf } from '../compile.ts';
import { comparator } from '../order.ts';
import type { Row } from '../row.ts';
import { BATCH_ROWS, batched } from '../streams.ts';
import { placer, sizeOfPlaced } from './sort.ts';
import type { StageOf } from './stage.ts';

/** `sort by … | take N`, with no more than some 2 N rows kept. */
export const top: StageOf<'top'> = (node, input, context) => {
  const most = countOf(node.count, context, 'top');
  const place = placer(node.by, input, context);
  const compare = comparator(node.by);
  const hold = context.budget.hold('top');
  return {
    ...input,
    batches: (async function* () {
      try {
        let best: ReturnType<typeof place>[] = [];
        const cut = (): void => {
          best.sort((a, b) => compare(a.by, b.by));
          for (const placed of best.slice(most)) hold.give(sizeOfPlaced(placed));
          best = best.slice(0, most);
        };
        for await (const batch of input.batches) {
          context.check();
          for (const row of batch) {
            const placed = place(row);
            hold.take(sizeOfPlaced(placed));
            best.push(placed);
            if (best.length >= 2 * most + BATCH_ROWS) cut();
          }
        }
        cut();
        yield* batched(rowsOf(best), context);
      } finally {
        hold.release();
      }
    })(),
  };
};

function* rowsOf(placed: readonly { readonly row: Row }[]): Iterable<Row> {
  for (const { row } of placed) yield row;
}
