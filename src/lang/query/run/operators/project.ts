import { namesOf } from '../columns.ts';
import { compile } from '../compile.ts';
import { mapRows } from '../streams.ts';
import type { StageOf } from './stage.ts';

/** These columns and no others, in this order. */
export const project: StageOf<'project'> = (node, input, context) => {
  const names = namesOf(node.columns);
  const values = node.columns.map(({ value }) => compile(value, input, context));
  return mapRows(input, { columns: names, sparse: false }, context, (row) => {
    return new Map(names.map((name, i) => [name, values[i](row)]));
  });
};
