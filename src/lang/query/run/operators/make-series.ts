import { parseDateTime } from '../../../time.ts';
import { DateTime, List, numberOf, TimeSpan, type Value, type Values } from '../../../value.ts';
import { aggregationOf, type Running } from '../aggregation.ts';
import { namesOf } from '../columns.ts';
import { compile, constant } from '../compile.ts';
import { argumentError, RunError } from '../error.ts';
import { Groups } from '../groups.ts';
import type { Row } from '../row.ts';
import { batched } from '../streams.ts';
import type { StageOf } from './stage.ts';

/** A series on its way: what is running in each bin, by the number of the bin. */
type Bins = Map<number, Running>;

/**
 * One row for each group, with a list of values for each aggregate and one of the bins they belong to. Bins begin at `from`, or where the
 * step's multiples are; rows from `to` on are left out. Without `from` or `to` each series begins with its first bin, ends with its last.
 */
export const makeSeries: StageOf<'make-series'> = (node, input, context) => {
  const bound = (edge: typeof node.from) => (edge === null ? null : constant(edge, context));
  const axis = axisOf(bound(node.from), bound(node.to), constant(node.step, context));
  const byNames = namesOf(node.by);
  const [onName] = namesOf([node.on]);
  const taken = [...node.by, node.on].map(({ value }, i) => ({ name: [...byNames, onName][i], value }));
  const aggregation = aggregationOf(node.aggregates, taken, input, context);
  const defaults = node.aggregates.map(({ default: value }) => (value === null ? 0n : constant(value, context)));
  const by = node.by.map(({ value }) => compile(value, input, context));
  const on = compile(node.on.value, input, context);
  const hold = context.budget.hold('make-series');
  const { seriesPointsMax } = context.environment.limits;

  function seriesOf(cells: readonly Values[], bins: Bins): Row {
    const numbers = [...bins.keys()];
    const first = axis.first ?? numbers.reduce((a, b) => Math.min(a, b));
    const end = axis.end ?? numbers.reduce((a, b) => Math.max(a, b)) + 1;
    if (end - first > seriesPointsMax) throw tooManyPoints(seriesPointsMax);
    hold.take((end - first) * 24 * (aggregation.names.length + 1));
    const row = new Map<string, Values>(byNames.map((name, i) => [name, cells[i]]));
    const lists: Value[][] = aggregation.names.map(() => []);
    const places: Value[] = [];
    for (let bin = first; bin < end; bin++) {
      places.push(axis.at(bin));
      const running = bins.get(bin);
      const results = running === undefined ? null : aggregation.finish(running);
      lists.forEach((list, i) => void list.push(results === null ? defaults[i] : (results[i][0] ?? null)));
    }
    aggregation.names.forEach((name, i) => void row.set(name, [new List(lists[i])]));
    return row.set(onName, [new List(places)]);
  }

  return {
    table: input.table,
    columns: [...byNames, ...aggregation.names, onName],
    sparse: false,
    batches: (async function* () {
      try {
        const groups = new Groups<Bins>(hold, () => new Map());
        for await (const batch of input.batches) {
          context.check();
          for (const row of batch) {
            const bin = axis.binOf(on(row)[0] ?? null);
            if (bin === null) continue;
            add(groups.of(by.map((value) => value(row))).state, bin, row);
          }
        }
        yield* batched(rows(groups), context);
      } finally {
        hold.release();
      }
    })(),
  };

  function add(bins: Bins, bin: number, row: Row): void {
    let running = bins.get(bin);
    if (running === undefined) {
      hold.take(64);
      running = aggregation.start(hold);
      bins.set(bin, running);
    }
    aggregation.add(running, row);
  }

  function* rows(groups: Groups<Bins>): Iterable<Row> {
    for (const { cells, state } of groups.values()) yield seriesOf(cells, state);
  }
};

interface Axis {
  /** Number of the first bin and of the one behind the last; null: where a series has its own. */
  readonly first: number | null;
  readonly end: number | null;
  /** Number of a value's bin, null where it is none or lies outside. */
  binOf(value: Value): number | null;
  /** Where a bin begins. */
  at(bin: number): Value;
}

/** Dates and spans count in ticks and whole numbers in themselves, exactly; with decimals anywhere all are reals. */
function axisOf(from: Value, to: Value, step: Value): Axis {
  const [origin, limit, width] = [amount(from), amount(to), amount(step)];
  if (width === null || !(width > 0))
    throw argumentError('the step of make-series must be above 0', 'Write it as 1h, or 10.');
  const exact = [origin, limit, width].every((part) => part === null || typeof part === 'bigint');
  const bins = exact ? wholeBins(origin, limit, width) : realBins(origin, limit, width);
  const dated = step instanceof TimeSpan;
  let sample: Value = from ?? to;
  return {
    ...bins,
    binOf: (value) => {
      // Events have dates and numbers as texts too.
      const read = typeof value !== 'string' ? value : dated ? parseDateTime(value) : numberOf(value);
      const place = amount(read);
      if (place === null) return null;
      sample ??= read;
      const bin = bins.binOf(place);
      if (bin === null || (bins.first !== null && bin < bins.first) || (bins.end !== null && bin >= bins.end))
        return null;
      return limit !== null && place >= limit ? null : bin;
    },
    at: (bin) => {
      const place = bins.at(bin);
      if (typeof place !== 'bigint') return place;
      return sample instanceof DateTime
        ? new DateTime(place)
        : sample instanceof TimeSpan
          ? new TimeSpan(place)
          : place;
    },
  };
}

type Amount = bigint | number | null;

function amount(value: Value): Amount {
  if (value instanceof DateTime || value instanceof TimeSpan) return value.ticks;
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value)) ? value : null;
}

interface Bounds {
  readonly first: number | null;
  readonly end: number | null;
  binOf(place: bigint | number): number | null;
  at(bin: number): bigint | number;
}

function wholeBins(from: Amount, to: Amount, step: Amount): Bounds {
  const width = BigInt(step ?? 1);
  const origin = BigInt(from ?? 0);
  const floor = (place: bigint): number => {
    const distance = place - origin;
    const bin = distance / width;
    return Number(distance % width < 0n ? bin - 1n : bin);
  };
  return {
    first: from === null ? null : 0,
    end: to === null ? null : -floor(2n * origin - BigInt(to)),
    binOf: (place) => floor(typeof place === 'bigint' ? place : BigInt(Math.floor(place))),
    at: (bin) => origin + BigInt(bin) * width,
  };
}

function realBins(from: Amount, to: Amount, step: Amount): Bounds {
  const width = Number(step);
  const origin = Number(from ?? 0);
  return {
    first: from === null ? null : 0,
    end: to === null ? null : Math.ceil((Number(to) - origin) / width),
    binOf: (place) => Math.floor((Number(place) - origin) / width),
    at: (bin) => origin + bin * width,
  };
}

function tooManyPoints(most: number): RunError {
  return new RunError(
    'query.too_big',
    `a series of make-series would have more than ${most} points`,
    'Choose a longer step, or a shorter time with from and to.',
  );
}
