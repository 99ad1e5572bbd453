/** `project-away`, `project-keep` and `project-reorder`: columns by name and pattern. */
import { chosen } from '../columns.ts';
import type { Context } from '../environment.ts';
import { cell, type Stream } from '../row.ts';
import { mapRows } from '../streams.ts';
import type { StageOf } from './stage.ts';

/** Only these columns of what comes in. */
function only(input: Stream, columns: readonly string[], context: Context): Stream {
  const kept = new Set(columns);
  return mapRows(input, { columns }, context, (row) => {
    const own = new Map();
    // What a sparse row does not have need not be looked at.
    for (const name of input.sparse ? row.keys() : columns) if (kept.has(name)) own.set(name, cell(row, name));
    return own;
  });
}

export const projectAway: StageOf<'project-away'> = (node, input, context) => {
  const away = new Set(chosen(node.columns, input.columns));
  const columns = input.columns.filter((name) => !away.has(name));
  return only(input, columns, context);
};

/** In the order they had, as in Kusto. */
export const projectKeep: StageOf<'project-keep'> = (node, input, context) => {
  const kept = new Set(chosen(node.columns, input.columns));
  const columns = input.columns.filter((name) => kept.has(name));
  return only(input, columns, context);
};

/** Those named first, the others behind them. */
export const projectReorder: StageOf<'project-reorder'> = (node, input) => {
  const known = new Set(input.columns);
  const first = chosen(node.columns, input.columns).filter((name) => known.has(name));
  return { ...input, columns: [...new Set([...first, ...input.columns])] };
};
