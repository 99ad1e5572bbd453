/** What came from DuckDB's process as values of queries. */
import { Bag, DateTime, List, TimeSpan, type Value, type ValueType } from '../../lang/index.ts';
import type { Wire } from './messages.ts';

/** A column of a batch. */
export function valuesOf(column: readonly Wire[], type: ValueType): readonly Value[] {
  if (type === 'datetime') return column.map((ticks) => (ticks === null ? null : new DateTime(ticks as bigint)));
  if (type === 'timespan') return column.map((ticks) => (ticks === null ? null : new TimeSpan(ticks as bigint)));
  return type === 'dynamic' ? column.map(read) : (column as readonly Value[]);
}

function read(wire: Wire): Value {
  if (wire === null || typeof wire !== 'object') return wire;
  switch (wire.is) {
    case 'datetime':
      return new DateTime(wire.ticks);
    case 'timespan':
      return new TimeSpan(wire.ticks);
    case 'list':
      return new List(wire.items.map(read));
    default:
      return new Bag(new Map(wire.entries.map(([key, item]) => [key, read(item)])));
  }
}
