/** What a segment's file says of itself, as the catalogue keeps it: for catalogues that are made anew, and for files just written. */
import type { RangeReader } from '../parquet/read-range.ts';
import type { SegmentColumn } from '../segment/kinds.ts';
import { type ColumnStatistics, openSegment, type SegmentReader } from '../segment/read.ts';
import { compareText } from './bounds.ts';
import { placeOf } from './files.ts';
import type { Bound, Bounds, MeasuredColumn, NewSegment } from './types.ts';

/**
 * Positions are those of the name: a file whose rows were cut down by retention or erasure has fewer in it than it stands for, and what
 * it was made from must not come back.
 * @param file relative to the store's folder @throws WeirError `store.damaged`
 */
export function describeSegment(file: string, reader: RangeReader): NewSegment {
  const segment = openSegment(reader);
  const { multiset, ...own } = segment.self();
  const { first, last } = placeOf(file) ?? own;
  return {
    ...own,
    ...{ file, log: segment.log, first, last, rows: segment.rows, bytes: reader.size },
    ...(multiset === null ? {} : { multiset }),
    columns: segment.columns.map((column) => measured(segment, column)),
    groups: segment.terms(),
  };
}

function measured(segment: SegmentReader, column: SegmentColumn): MeasuredColumn {
  const statistics = segment.groups.map((_, group) => segment.statistics(group, column.name));
  const values = statistics.reduce((sum, one) => sum + one.values, 0);
  const bounds = boundsOf(statistics.filter((one) => one.values > 0));
  const { name, path, kind } = column;
  return { name, path, kind, nulls: segment.rows - values, ...(bounds === null ? {} : { bounds }) };
}

/** Of all row groups that have values; null where those of one are not known. */
function boundsOf(statistics: readonly ColumnStatistics[]): Bounds | null {
  let least: Bound | null = null;
  let greatest: Bound | null = null;
  for (const { min, max } of statistics) {
    if (min === null || max === null) return null;
    least = least === null ? boundOf(min) : lesser(least, boundOf(min));
    greatest = greatest === null ? boundOf(max) : greater(greatest, boundOf(max));
  }
  return least === null || greatest === null ? null : { least, greatest };
}

function boundOf(value: Uint8Array | bigint | number): Bound {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : value;
}

/** One of two of one kind. */
function lesser(a: Bound, b: Bound): Bound {
  return compare(a, b) <= 0 ? a : b;
}

function greater(a: Bound, b: Bound): Bound {
  return compare(a, b) >= 0 ? a : b;
}

function compare(a: Bound, b: Bound): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}
