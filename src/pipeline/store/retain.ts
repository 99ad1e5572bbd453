/** What retention does to single segments: which minutes of receipt they are of, and what is left of one when a part of it goes. */
import {
  type CutSegment,
  type Kept,
  openSegment,
  type RangeReader,
  type RowGroup,
  type RowsBefore,
  type SegmentReader,
  SegmentWriter,
  StoredRows,
} from '../../store/index.ts';

/** Events by minute of receipt since 1970. */
export type Minutes = readonly (readonly [minute: number, events: number])[];

const MINUTE_US = 60_000_000n;

/** @throws WeirError `store.damaged`, as all here */
export function minutesOf(file: RangeReader): Minutes {
  const counts = new Map<number, number>();
  const segment = openSegment(file);
  for (let group = 0; group < segment.groups.length; group++) count(counts, receivedOf(segment, group), null);
  return sorted(counts);
}

export interface Remainder {
  /** Null: nothing is left. */
  readonly left: CutSegment | null;
  readonly gone: number;
  readonly minutes: Minutes;
}

/**
 * The segment without rows that were received and happened before bounds.
 * @param level of zstd
 */
export function without(
  file: RangeReader,
  before: RowsBefore,
  group: RowGroup,
  about: { readonly tenant: string; readonly source: string; readonly level: number },
  level: number,
): Remainder {
  const segment = openSegment(file);
  const rows = new StoredRows(file);
  const writer = new SegmentWriter({ level, terms: true });
  const counts = new Map<number, number>();
  let gone = 0;
  group.clear();
  for (let index = 0; index < rows.groups; index++) {
    const received = receivedOf(segment, index);
    const kept = keptOf(segment, index, received, before);
    const left = kept.reduce((sum, keep) => sum + keep, 0);
    gone += kept.length - left;
    count(counts, received, kept);
    if (left > 0) rows.gather(group, index, () => writer.take(group), kept);
  }
  writer.take(group);
  const left = writer.rows === 0 ? null : writer.finish(segment.log, about);
  return { left, gone, minutes: sorted(counts) };
}

/** Microseconds since 1970. */
function receivedOf(segment: SegmentReader, group: number): BigInt64Array {
  return segment.columnOf(group, 'weir.received').values as BigInt64Array;
}

/** 1 for rows that stay. An event without a time of its own happened when it was received. */
function keptOf(segment: SegmentReader, group: number, received: BigInt64Array, before: RowsBefore): NonNullable<Kept> {
  const times = before.time === undefined ? null : segment.columnOf(group, 'weir.time');
  return Uint8Array.from(received, (own, row) => {
    const index = times?.present.indexOf(row) ?? -1;
    const time = times === null || index < 0 ? own : (times.values as BigInt64Array)[index];
    const goes =
      (before.received === undefined || own < before.received) && (before.time === undefined || time < before.time);
    return goes ? 0 : 1;
  });
}

function count(counts: Map<number, number>, received: BigInt64Array, kept: Kept): void {
  received.forEach((own, row) => {
    if (kept !== null && kept[row] !== 0) return;
    const minute = Number(own / MINUTE_US);
    counts.set(minute, (counts.get(minute) ?? 0) + 1);
  });
}

const sorted = (counts: ReadonlyMap<number, number>): Minutes => [...counts].sort(([a], [b]) => a - b);
