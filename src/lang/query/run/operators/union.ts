import { pathOf } from '../../../tree.ts';
import { cell, type Row, type Stream } from '../row.ts';
import { ExtendedRow, freeName } from '../streams.ts';
import type { StageOf } from './stage.ts';

/**
 * Rows of one table after those of the other. A column that several have is one column, whatever its types. `withsource` names the table
 * that the rows come from.
 */
export const union: StageOf<'union'> = async (node, input, context, runPipeline) => {
  const others: Stream[] = [];
  for (const table of node.tables) others.push(await runPipeline(table));
  const inputs = [input, ...others];
  const all = [...new Set(inputs.flatMap(({ columns }) => columns))];
  const sets = inputs.map(({ columns }) => new Set(columns));
  const common = node.mode === 'inner' ? all.filter((name) => sets.every((set) => set.has(name))) : all;
  const kept = new Set(common);
  const source = node.withSource === null ? null : freeName(pathOf(node.withSource.keys), kept);
  const labels = [input.table, ...others.map(({ table }) => table)];
  return {
    table: input.table,
    columns: source === null ? common : [source, ...common],
    sparse: inputs.some(({ sparse }) => sparse),
    batches: (async function* () {
      for (const [i, { batches }] of inputs.entries()) {
        for await (const batch of batches) {
          context.check();
          const rows = node.mode === 'inner' ? batch.map((row) => narrowed(row, kept)) : batch;
          yield source === null ? rows : rows.map((row) => new ExtendedRow(row, new Map([[source, [labels[i]]]])));
        }
      }
    })(),
  };
};

function narrowed(row: Row, kept: ReadonlySet<string>): Row {
  const own = new Map();
  for (const name of row.keys()) if (kept.has(name)) own.set(name, cell(row, name));
  return own;
}
