/** A batch view made of plain events, the obvious way; for tests. */
import type { BatchView, ColumnValue, ColumnView } from './types.ts';

type Plain = string | number | bigint | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

const isList = (value: Plain): value is readonly Plain[] => Array.isArray(value);

function columnValue(value: Plain): ColumnValue {
  if (isList(value)) return { kind: 'list', value: value.map(columnValue) };
  if (value === null) return { kind: 'null', value: null };
  if (typeof value === 'number')
    return Number.isInteger(value) ? { kind: 'integer', value: BigInt(value) } : { kind: 'float', value };
  if (typeof value === 'bigint') return { kind: 'integer', value };
  return { kind: typeof value === 'boolean' ? 'boolean' : 'string', value: value as string | boolean };
}

interface Column {
  readonly rows: number[];
  readonly codes: number[];
  readonly dictionary: ColumnValue[];
  readonly known: Map<string, number>;
}

export function viewOf(events: readonly { readonly [key: string]: Plain }[]): BatchView {
  const columns = new Map<string, Column>();
  const put = (row: number, path: string, value: Plain): void => {
    if (typeof value === 'object' && value !== null && !isList(value)) {
      for (const [key, inner] of Object.entries(value)) put(row, `${path}.${key.replaceAll('.', '\\.')}`, inner);
      return;
    }
    const column: Column = columns.get(path) ?? { rows: [], codes: [], dictionary: [], known: new Map() };
    columns.set(path, column);
    const key = `${typeof value} ${String(value)}`;
    const code = column.known.get(key) ?? column.dictionary.push(columnValue(value)) - 1;
    column.known.set(key, code);
    column.rows.push(row);
    column.codes.push(code);
  };
  events.forEach((event, row) => {
    for (const [key, value] of Object.entries(event)) put(row, key.replaceAll('.', '\\.'), value);
  });
  return {
    rows: events.length,
    paths: [...columns.keys()],
    column: (path): readonly ColumnView[] => {
      const column = columns.get(path);
      return column === undefined ? [] : [column];
    },
  };
}
