import { countOf } from '../compile.ts';
import type { StageOf } from './stage.ts';

/** The first rows that come; what comes behind them is not asked for. */
export const take: StageOf<'take'> = (node, input, context) => {
  const most = countOf(node.count, context, 'take');
  return {
    ...input,
    batches: (async function* () {
      let left = most;
      if (left === 0) return;
      for await (const batch of input.batches) {
        yield batch.slice(0, left);
        left -= batch.length;
        if (left <= 0) return;
      }
    })(),
  };
};
