/** Values read as a type that was asked for: `name:long` in `parse`, `to typeof(long)` in `mv-expand`. */
import { functionOf } from '../../functions.ts';
import { Bag, List, type Value } from '../../value.ts';
import type { ColumnType } from '../tree.ts';

/** As `tolong(x)` and its kin do; null where it cannot be read so. */
export function convert(value: Value, type: ColumnType): Value {
  if (value === null) return null;
  if (type !== 'string' && (value instanceof List || value instanceof Bag)) return type === 'dynamic' ? value : null;
  return functionOf(`to${type}`)?.one?.([value]) ?? null;
}
