import { namesOf } from '../columns.ts';
import { compile } from '../compile.ts';
import { ExtendedRow, mapRows } from '../streams.ts';
import type { StageOf } from './stage.ts';

/** Columns added or put in the place of those of the same name; all are worked out from the row as it came. */
export const extend: StageOf<'extend'> = (node, input, context) => {
  const names = namesOf(node.columns);
  const values = node.columns.map(({ value }) => compile(value, input, context));
  const columns = [...new Set([...input.columns, ...names])];
  const { knows } = input;
  return mapRows(input, { columns, ...(knows === undefined ? {} : { knows }) }, context, (row) => {
    return new ExtendedRow(row, new Map(names.map((name, i) => [name, values[i](row)])));
  });
};
