import { condition } from '../compile.ts';
import { mapBatches } from '../streams.ts';
import type { StageOf } from './stage.ts';

/** Rows of which the condition is true; null counts as false. */
export const where: StageOf<'where'> = (node, input, context) => {
  const holds = condition(node.condition, input, context);
  return mapBatches(input, {}, context, (rows) => rows.filter(holds));
};
