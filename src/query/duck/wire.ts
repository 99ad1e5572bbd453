/** Values of DuckDB on their way into values of queries: a reader for each column's type. Runs in DuckDB's process only. */
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListType,
  type DuckDBListValue,
  DuckDBMapType,
  type DuckDBMapValue,
  DuckDBStructType,
  type DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { ValueType } from '../../lang/index.ts';
import type { Wire } from './messages.ts';

const TICKS_PER_DAY = 864_000_000_000n;

/** What columns of DuckDB's types hold; of all others there is the text. */
const TYPES: Readonly<Partial<Record<DuckDBTypeId, ValueType>>> = {
  [DuckDBTypeId.BOOLEAN]: 'bool',
  [DuckDBTypeId.TINYINT]: 'long',
  [DuckDBTypeId.SMALLINT]: 'long',
  [DuckDBTypeId.INTEGER]: 'long',
  [DuckDBTypeId.BIGINT]: 'long',
  [DuckDBTypeId.UTINYINT]: 'long',
  [DuckDBTypeId.USMALLINT]: 'long',
  [DuckDBTypeId.UINTEGER]: 'long',
  [DuckDBTypeId.UBIGINT]: 'long',
  [DuckDBTypeId.HUGEINT]: 'long',
  [DuckDBTypeId.UHUGEINT]: 'long',
  [DuckDBTypeId.FLOAT]: 'real',
  [DuckDBTypeId.DOUBLE]: 'real',
  [DuckDBTypeId.DECIMAL]: 'real',
  [DuckDBTypeId.DATE]: 'datetime',
  [DuckDBTypeId.TIMESTAMP]: 'datetime',
  [DuckDBTypeId.TIMESTAMP_S]: 'datetime',
  [DuckDBTypeId.TIMESTAMP_MS]: 'datetime',
  [DuckDBTypeId.TIMESTAMP_NS]: 'datetime',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'datetime',
  [DuckDBTypeId.TIME]: 'timespan',
  [DuckDBTypeId.INTERVAL]: 'timespan',
  [DuckDBTypeId.LIST]: 'dynamic',
  [DuckDBTypeId.STRUCT]: 'dynamic',
  [DuckDBTypeId.MAP]: 'dynamic',
  [DuckDBTypeId.SQLNULL]: 'null',
};

export function typeOf({ typeId }: DuckDBType): ValueType {
  return TYPES[typeId] ?? 'string';
}

export type Read = (value: DuckDBValue) => Wire;

const nullable =
  (read: (value: NonNullable<DuckDBValue>) => Wire): Read =>
  (value) =>
    value === null || value === undefined ? null : read(value);

/** How values of a column of this type travel: integers as bigints whatever their width, dates and spans as ticks. */
export function readerOf(type: DuckDBType): Read {
  switch (typeOf(type)) {
    case 'long':
      return nullable((value) => BigInt(value as number | bigint));
    case 'real':
      return nullable((value) => (value instanceof DuckDBDecimalValue ? value.toDouble() : Number(value)));
    case 'datetime':
    case 'timespan':
      return nullable(ticksOf);
    case 'dynamic':
      return nested(type);
    case 'bool':
    case 'null':
      return nullable((value) => value === true);
    default:
      return nullable(textOf);
  }
}

function textOf(value: NonNullable<DuckDBValue>): string {
  if (typeof value === 'string') return value;
  return value instanceof DuckDBBlobValue ? Buffer.from(value.bytes).toString('base64') : String(value);
}

/** A month of an interval counts 30 days, as in DuckDB itself where it compares them. */
function ticksOf(value: DuckDBValue): bigint {
  if (value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue) return value.micros * 10n;
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.nanos / 100n;
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis * 10_000n;
  if (value instanceof DuckDBTimestampSecondsValue) return value.seconds * 10_000_000n;
  if (value instanceof DuckDBDateValue) return BigInt(value.days) * TICKS_PER_DAY;
  if (value instanceof DuckDBTimeValue) return value.micros * 10n;
  if (value instanceof DuckDBIntervalValue) {
    return BigInt(value.months * 30 + value.days) * TICKS_PER_DAY + value.micros * 10n;
  }
  throw new TypeError(`${String(value)} is neither a date nor a span`);
}

/** Inside of lists and structures no column says what ticks are of. */
function inner(type: DuckDBType): Read {
  const read = readerOf(type);
  const is = typeOf(type);
  if (is !== 'datetime' && is !== 'timespan') return read;
  return nullable((value) => ({ is, ticks: ticksOf(value) }));
}

function nested(type: DuckDBType): Read {
  if (type instanceof DuckDBListType) {
    const read = inner(type.valueType);
    return nullable((value) => ({ is: 'list', items: (value as DuckDBListValue).items.map(read) }));
  }
  if (type instanceof DuckDBStructType) {
    const readers = type.entryTypes.map(inner);
    return nullable((value) => {
      const { entries } = value as DuckDBStructValue;
      return { is: 'bag', entries: type.entryNames.map((name, i) => [name, readers[i](entries[name])] as const) };
    });
  }
  if (!(type instanceof DuckDBMapType)) throw new TypeError(`${String(type)} has nothing inside`);
  const read = inner(type.valueType);
  return nullable((value) => ({
    is: 'bag',
    entries: (value as DuckDBMapValue).entries.map(({ key, value: item }) => [String(key), read(item)] as const),
  }));
}
