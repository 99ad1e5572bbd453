/**
 * Which segments to make one of. Small ones come every few seconds; a query pays for each file it opens, so neighbours are merged until
 * a segment is full. Only neighbours in position within a tenant and source, so that each stands for a range of positions; and only of the
 * same UTC day of receipt (older ones: month), so that what retention lets go of by day are whole files.
 *
 * In a day that goes on, neighbours are merged where there are enough of them and none is much larger than the others: so an event
 * is written again as often as its segment has grown many times, not as often as one is cut. Of a day or month that is over, all that fits
 * into one segment becomes one.
 */
import { keyOf } from './coverage.ts';
import type { SegmentInfo } from './types.ts';

export interface MergeSettings {
  /** So many neighbours in a period that goes on. */
  readonly neighbours: number;
  /** Most of a segment that is made of several. */
  readonly rowsMax: number;
  readonly bytesMax: number;
  /** Most segments of one tenant and source. Where full ones are more than three quarters of it, larger ones are made. */
  readonly segmentsMax: number;
  /** So many milliseconds after its end a period is over: cuts from the journal may be behind. */
  readonly graceMs: number;
  /** Days of receipt that stay apart; what is older is kept by month. */
  readonly days: number;
}

export const MERGE_SETTINGS: MergeSettings = {
  neighbours: 16,
  rowsMax: 1_000_000,
  bytesMax: 128 << 20,
  segmentsMax: 2000,
  graceMs: 3_600_000,
  days: 30,
};

/** What the plan goes by. */
export type MergeInput = Pick<
  SegmentInfo,
  'tenant' | 'source' | 'log' | 'first' | 'rows' | 'bytes' | 'minReceived' | 'maxReceived'
> & {
  /** In the object store: it is merged no more, and neither are those before it with those behind. */
  readonly object?: string | null;
};

const DAY_MS = 86_400_000;
/** A month before the last day that a Date can say. */
const DAY_MAX = 8.64e15 / DAY_MS - 31;

/**
 * Groups of at least two segments, each to become one; no segment is in two. The smallest first: those are done soonest.
 * @param now Unix milliseconds
 * @param complete also in periods that go on, everything that fits becomes one
 */
export function planMerges<T extends MergeInput>(
  segments: readonly T[],
  now: number,
  settings: MergeSettings = MERGE_SETTINGS,
  complete = false,
): T[][] {
  const plans = [...Map.groupBy(segments, keyOf).values()].flatMap((own) => planOf(own, now, settings, complete));
  return plans
    .map((plan) => ({ plan, bytes: sumOf(plan).bytes }))
    .sort((a, b) => a.bytes - b.bytes)
    .map(({ plan }) => plan);
}

function planOf<T extends MergeInput>(
  segments: readonly T[],
  now: number,
  settings: MergeSettings,
  complete: boolean,
): T[][] {
  const ordered = segments.toSorted((a, b) => a.first - b.first);
  const runs = runsByPeriod(ordered, now, settings);
  let { rowsMax, bytesMax } = settings;
  const packed = () =>
    runs.flatMap(({ run, isOver }) => packsOf(run, rowsMax, bytesMax).map((pack) => ({ pack, isOver })));
  let packs = packed();
  // More history than fits into so many segments of the usual size: the size gives way. Periods are the least there can be.
  while (packs.length > Math.max(settings.segmentsMax * 0.75, runs.length)) {
    rowsMax *= 2;
    bytesMax *= 2;
    packs = packed();
  }
  const local = segments.filter(({ object }) => object == null).length;
  const isCrowded = local - packs.length > settings.segmentsMax / 4;
  return packs.flatMap(({ pack, isOver }) => {
    if (isOver || isCrowded || complete) return pack.length > 1 ? [pack] : [];
    return evenParts(pack, settings.neighbours);
  });
}

/** Neighbours of one period each. A segment of several periods is a run of its own. */
function runsByPeriod<T extends MergeInput>(
  ordered: readonly T[],
  now: number,
  { days, graceMs }: MergeSettings,
): { readonly run: T[]; readonly isOver: boolean }[] {
  const runs: { readonly run: T[]; readonly period: number; readonly isOver: boolean }[] = [];
  const firstDay = Math.floor(now / DAY_MS) - days;
  for (const segment of ordered) {
    if (segment.object != null) {
      runs.push({ run: [], period: Number.NaN, isOver: false });
      continue;
    }
    const [from, to] = [dayOf(segment.minReceived), dayOf(segment.maxReceived)];
    const period = periodOf(from, firstDay);
    const last = runs.at(-1);
    const isOne = from === to || period === periodOf(to, firstDay);
    if (isOne && last?.period === period) last.run.push(segment);
    else {
      const isOver = now >= (to + 1) * DAY_MS + graceMs;
      runs.push({ run: [segment], period: isOne ? period : Number.NaN, isOver });
    }
  }
  return runs;
}

/** Days since 1970 of a receive time. */
function dayOf(received: bigint): number {
  return Math.min(Math.floor(Number(received / 1000n) / DAY_MS), DAY_MAX);
}

/** A number for a day, negative for the month of a day of which all days are before `firstDay`: it becomes one when the last of them is. */
function periodOf(day: number, firstDay: number): number {
  if (day >= firstDay) return day;
  const date = new Date(day * DAY_MS);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1];
  return Date.UTC(year, month) / DAY_MS <= firstDay ? -(year * 12 + month) : day;
}

/** Cut from the left into as few pieces as fit. */
function packsOf<T extends MergeInput>(run: readonly T[], rowsMax: number, bytesMax: number): T[][] {
  const packs: T[][] = [];
  let [rows, bytes] = [0, 0];
  for (const segment of run) {
    const pack = packs.at(-1);
    rows += segment.rows;
    bytes += segment.bytes;
    if (pack !== undefined && rows <= rowsMax && bytes <= bytesMax) pack.push(segment);
    else {
      packs.push([segment]);
      ({ rows, bytes } = segment);
    }
  }
  return packs;
}

/**
 * Parts of at least so many neighbours that are about as large as each other. With an eighth of the whole as the most that one may have,
 * a day of cuts every ten seconds is written 3.6 times; with a half it would be 5.9 times.
 */
function evenParts<T extends MergeInput>(pack: readonly T[], neighbours: number): T[][] {
  const parts: T[][] = [];
  const rest: (readonly T[])[] = [pack];
  for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
    if (part.length < neighbours) continue;
    const largest = part.reduce((at, { bytes }, i) => (bytes > part[at].bytes ? i : at), 0);
    if (part[largest].bytes * (neighbours / 2) <= sumOf(part).bytes) parts.push([...part]);
    else rest.push(part.slice(0, largest), part.slice(largest + 1));
  }
  return parts;
}

function sumOf(segments: readonly MergeInput[]): { readonly rows: number; readonly bytes: number } {
  let [rows, bytes] = [0, 0];
  for (const segment of segments) {
    rows += segment.rows;
    bytes += segment.bytes;
  }
  return { rows, bytes };
}
