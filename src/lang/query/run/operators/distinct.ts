import type { Values } from '../../../value.ts';
import { namesOf } from '../columns.ts';
import { compile, type Evaluate } from '../compile.ts';
import { Groups } from '../groups.ts';
import { cell, type Row } from '../row.ts';
import { batched } from '../streams.ts';
import type { StageOf } from './stage.ts';

/** Each combination of values once; without columns each row. */
export const distinct: StageOf<'distinct'> = (node, input, context) => {
  const whole = node.columns.length === 0;
  const columns = whole ? input.columns : namesOf(node.columns);
  const values: readonly Evaluate[] = whole
    ? columns.map((name) => (row) => cell(row, name))
    : node.columns.map(({ value }) => compile(value, input, context));
  const hold = context.budget.hold('distinct');
  const groups = new Groups(hold, () => null);
  return {
    table: input.table,
    columns,
    sparse: whole && input.sparse,
    batches: (async function* () {
      try {
        for await (const batch of input.batches) {
          context.check();
          for (const row of batch) groups.of(values.map((value) => value(row)));
        }
        yield* batched(rowsOf(columns, groups.values()), context);
      } finally {
        hold.release();
      }
    })(),
  };
};

function* rowsOf(columns: readonly string[], groups: Iterable<{ readonly cells: readonly Values[] }>): Iterable<Row> {
  for (const { cells } of groups) {
    const row = new Map<string, Values>();
    columns.forEach((name, i) => {
      if (cells[i].length > 0) row.set(name, cells[i]);
    });
    yield row;
  }
}
