import type { Values } from '../../../value.ts';
import { aggregationOf, type Running } from '../aggregation.ts';
import { namesOf } from '../columns.ts';
import { compile } from '../compile.ts';
import { Groups } from '../groups.ts';
import type { Row } from '../row.ts';
import { batched } from '../streams.ts';
import type { StageOf } from './stage.ts';

/** A row for each group; without `by` one row, also where there are none. Groups come in the order they were first seen. */
export const summarize: StageOf<'summarize'> = (node, input, context) => {
  const byNames = namesOf(node.by);
  const by = node.by.map(({ value }) => compile(value, input, context));
  const grouped = node.by.map(({ value }, i) => ({ name: byNames[i], value }));
  const aggregation = aggregationOf(node.aggregates, grouped, input, context);
  const hold = context.budget.hold('summarize');

  function* rows(groups: Groups<Running>): Iterable<Row> {
    for (const { cells, state } of groups.values()) {
      const row = new Map<string, Values>(byNames.map((name, i) => [name, cells[i]]));
      const results = aggregation.finish(state);
      aggregation.names.forEach((name, i) => {
        if (results[i].length > 0) row.set(name, results[i]);
      });
      yield row;
    }
  }

  return {
    table: input.table,
    columns: [...byNames, ...aggregation.names],
    sparse: aggregation.sparse,
    batches: (async function* () {
      try {
        const groups = new Groups(hold, () => aggregation.start(hold));
        if (by.length === 0) groups.of([]);
        for await (const batch of input.batches) {
          context.check();
          for (const row of batch) aggregation.add(groups.of(by.map((value) => value(row))).state, row);
        }
        yield* batched(rows(groups), context);
      } finally {
        hold.release();
      }
    })(),
  };
};
