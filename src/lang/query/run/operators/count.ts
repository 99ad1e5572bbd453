import { pathOf } from '../../../tree.ts';
import type { StageOf } from './stage.ts';

/** One row with the number of rows. */
export const count: StageOf<'count'> = (node, input, context) => {
  const name = node.name === null ? 'Count' : pathOf(node.name.keys);
  return {
    table: input.table,
    columns: [name],
    sparse: false,
    batches: (async function* () {
      let rows = 0;
      for await (const batch of input.batches) {
        context.check();
        rows += batch.length;
      }
      yield [new Map([[name, [BigInt(rows)]]])];
    })(),
  };
};
