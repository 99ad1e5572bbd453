import { searchCondition } from '../../search.ts';
import { condition } from '../compile.ts';
import { mapBatches } from '../streams.ts';
import type { StageOf } from './stage.ts';

/** What is typed into a search box, as a condition. */
export const search: StageOf<'search'> = (node, input, context) => {
  const holds = condition(searchCondition(node.condition), input, context);
  return mapBatches(input, {}, context, (rows) => rows.filter(holds));
};
