import { pathOf } from '../../../tree.ts';
import { Bag, itemsOf, type Value, type Values } from '../../../value.ts';
import { namesOf } from '../columns.ts';
import { compile, countOf } from '../compile.ts';
import { convert } from '../convert.ts';
import { argumentError } from '../error.ts';
import type { Row } from '../row.ts';
import { BATCH_ROWS, ExtendedRow } from '../streams.ts';
import type { StageOf } from './stage.ts';

/**
 * A row for each item of a list, for each value of a field that has several, for each entry of a bag (as a bag of its own). Lists in several
 * columns are walked side by side, the shorter ones filled with nulls. Null makes one row, an empty list none.
 */
export const mvExpand: StageOf<'mv-expand'> = (node, input, context) => {
  const names = namesOf(node.columns);
  const values = node.columns.map(({ value }) => compile(value, input, context));
  const most = node.limit === null ? Number.POSITIVE_INFINITY : countOf(node.limit, context, 'limit of mv-expand');
  const index = node.index === null ? null : pathOf(node.index.keys);
  if (index !== null && (names.includes(index) || input.columns.includes(index))) {
    throw argumentError(`with_itemindex=${index} would be a second column of that name`, 'Choose another name.');
  }

  function* expanded(row: Row): Iterable<Row> {
    const lists = values.map((value) => partsOf(value(row)));
    const rows = Math.min(most, Math.max(...lists.map((list) => list.length)));
    for (let i = 0; i < rows; i++) {
      const own = new Map<string, Values>();
      names.forEach((name, k) => {
        const { type } = node.columns[k];
        const item = lists[k][i] ?? null;
        const value = type === null ? item : convert(item, type);
        own.set(name, value === null ? [] : [value]);
      });
      if (index !== null) own.set(index, [BigInt(i)]);
      yield new ExtendedRow(row, own);
    }
  }

  return {
    table: input.table,
    columns: [...new Set([...input.columns, ...names, ...(index === null ? [] : [index])])],
    sparse: input.sparse,
    batches: (async function* () {
      let out: Row[] = [];
      for await (const batch of input.batches) {
        for (const row of batch) {
          for (const part of expanded(row)) {
            out.push(part);
            if (out.length < BATCH_ROWS) continue;
            context.check();
            yield out;
            out = [];
          }
        }
      }
      if (out.length > 0) yield out;
    })(),
  };
};

function partsOf(values: Values): Values {
  if (values.length === 0) return [null];
  const [only] = values;
  if (values.length === 1 && only instanceof Bag) {
    return [...only.entries].map(([key, value]): Value => new Bag(new Map([[key, value]])));
  }
  return itemsOf(values);
}
