/** Aggregates in SQL: those that mean exactly the same whatever the order of rows. The others are worked out behind DuckDB. */
import type { Expression } from '../../lang/index.ts';
import { type Cell, cellOf, only, type PartKind } from './cell.ts';
import { constantOf, holds, type Scope } from './scope.ts';
import * as sql from './sql.ts';

/** Columns of an aggregate, one or (percentiles) several, as expressions over a group; null where there is no SQL. */
type Work = (args: readonly Expression[], scope: Scope, filter: string) => readonly Cell[] | null;

const one = (cell: Cell | null): readonly Cell[] | null => (cell === null ? null : [cell]);

/** A column of one kind, lists not among them. */
function single(node: Expression, scope: Scope, ...kinds: readonly PartKind[]): string | null {
  const cell = scope.value(node);
  return cell === null ? null : only(cell, ...kinds);
}

const SINGLE: readonly PartKind[] = ['bool', 'long', 'real', 'datetime', 'timespan', 'string'];

/** What makes values one: numbers and texts of the same digits are. Null where texts would be written differently. */
export function identityOf(cell: Cell): string | null {
  const [[kind, of] = [null, '']] = cell;
  if (cell.size === 1 && kind !== null) return SINGLE.includes(kind) ? of : null;
  const texts: string[] = [];
  for (const [part, expression] of cell) {
    if (part === 'string') texts.push(expression);
    else if (part === 'long' || part === 'bool') texts.push(`CAST(${expression} AS VARCHAR)`);
    else return null;
  }
  return texts.length === 0 ? 'NULL::VARCHAR' : `coalesce(${texts.join(', ')})`;
}

const dcount: Work = ([x], scope, filter) => {
  const cell = scope.value(x);
  const identity = cell === null ? null : identityOf(cell);
  return identity === null ? null : [cellOf('long', `count(DISTINCT ${identity})${filter}`)];
};

const sum: Work = ([x], scope, filter) => {
  const cell = scope.value(x);
  if (cell === null) return null;
  const whole = only(cell, 'long', 'timespan');
  const [kind] = cell.keys();
  if (whole !== null) {
    // Of nothing the sum is the number 0, whatever nothing it is of.
    const total = sql.long(`sum(${whole})${filter}`);
    if (kind === 'long') return [cellOf('long', `CASE WHEN count(${whole})${filter} = 0 THEN 0 ELSE ${total} END`)];
    const nothing = `CASE WHEN count(${whole})${filter} = 0 THEN 0::BIGINT END`;
    return [
      new Map<PartKind, string>([
        ['long', nothing],
        ['timespan', total],
      ]),
    ];
  }
  const real = only(cell, 'real');
  if (real === null) return cell.size === 0 ? [cellOf('long', '0::BIGINT')] : null;
  return [
    new Map<PartKind, string>([
      ['long', `CASE WHEN count(${real})${filter} = 0 THEN 0::BIGINT END`],
      ['real', `sum(${real})${filter}`],
    ]),
  ];
};

const avg: Work = ([x], scope, filter) => {
  const number = single(x, scope, 'long', 'real');
  return number === null
    ? null
    : [cellOf('real', `CAST(sum(${number})${filter} AS DOUBLE) / count(${number})${filter}`)];
};

/** In the order of kinds; NaN gives way to every other number. */
const extreme =
  (name: 'min' | 'max'): Work =>
  ([x], scope, filter) => {
    const cell = scope.value(x);
    if (cell === null || [...cell.keys()].some((kind) => !SINGLE.includes(kind))) return null;
    // Integers and reals of one column are ordered together.
    if (cell.has('long') && cell.has('real')) return null;
    const found = new Map<PartKind, string>();
    const kinds = name === 'min' ? [...cell] : [...cell].reverse();
    const before: string[] = [];
    for (const [kind, of] of kinds) {
      const own = kind === 'real' ? numbered(name, of, filter) : `${name}(${of})${filter}`;
      found.set(kind, before.length === 0 ? own : `CASE WHEN ${before.join(' + ')} = 0 THEN ${own} END`);
      before.push(`count(${of})${filter}`);
    }
    return [found];
  };

function numbered(name: string, of: string, filter: string): string {
  return `coalesce(${name}(${of}) FILTER (WHERE NOT isnan(${of})${conditionOf(filter)}), ${name}(${of})${filter})`;
}

const percentile: Work = ([x, ...percents], scope, filter) => {
  const cell = scope.value(x);
  const [kind] = cell?.keys() ?? [];
  const of = cell === null ? null : only(cell, 'long', 'datetime', 'timespan');
  if (of === null || kind === undefined) return null;
  const found: Cell[] = [];
  for (const percent of percents) {
    const share = constantOf(percent, scope);
    // Only of whole numbers the rank is the same whatever way it is worked out.
    const whole =
      typeof share === 'bigint' ? share : typeof share === 'number' && Number.isInteger(share) ? BigInt(share) : null;
    if (whole === null || whole < 0n || whole > 100n) return null;
    // DuckDB's is the nearest rank too, and exact where the share is a decimal.
    const decimal = whole === 100n ? '1.00' : `0.${String(whole).padStart(2, '0')}`;
    found.push(cellOf(kind, `quantile_disc(${of}, ${decimal})${filter}`));
  }
  return found;
};

const conditionOf = (filter: string): string =>
  filter === '' ? '' : ` AND ${filter.slice(' FILTER (WHERE '.length, -1)}`;

/** Differences of texts are not: numbers only. */
const spread =
  (name: 'var_samp' | 'stddev_samp'): Work =>
  ([x], scope, filter) => {
    const number = single(x, scope, 'long', 'real');
    return number === null ? null : [cellOf('real', `coalesce(${name}(${number}::DOUBLE)${filter}, 0)`)];
  };

/** Each value once, in order: which came first nobody knows of events. With a bound it would matter which are left out. */
const makeSet: Work = (args, scope, filter) => {
  if (args.length > 1) return null;
  const [x] = args;
  const text = single(x, scope, 'string');
  if (text === null) return null;
  return one(
    cellOf(
      'dynamic',
      `coalesce(list_sort(list(DISTINCT ${text}) FILTER (WHERE ${text} IS NOT NULL${conditionOf(filter)})), [])`,
    ),
  );
};

const ORDERED: readonly PartKind[] = ['bool', 'long', 'datetime', 'timespan', 'string'];

/** The row in which the first argument is greatest or least: one structure, so that all columns are of one row; any where it is null in all. */
const arg =
  (name: 'arg_max' | 'arg_min'): Work =>
  (args, scope) => {
    if (args.some(({ kind }) => kind === 'every')) return null;
    const cells = args.map((node) => scope.value(node));
    const known = cells.filter((cell) => cell !== null);
    const [first] = known;
    if (known.length < cells.length) return null;
    const measure = only(first, ...ORDERED);
    if (measure === null) return null;
    const fields = known.flatMap((cell, i) => [...cell].map(([kind, of]) => `${kind}${i} := ${of}`)).join(', ');
    const row = `coalesce(${name}(struct_pack(${fields}), ${measure}), any_value(struct_pack(${fields})))`;
    return known.map(
      (cell, i) => new Map([...cell.keys()].map((kind) => [kind, `struct_extract(${row}, '${kind}${i}')`])),
    );
  };

/** The same for the rows of which its second argument holds. */
const conditional =
  (work: Work): Work =>
  ([first, condition, ...rest], scope) => {
    const held = holds(condition, scope);
    return held === null ? null : work([first, ...rest], scope, ` FILTER (WHERE ${held})`);
  };

export const AGGREGATE_SQL: Readonly<Record<string, Work>> = {
  count: () => [cellOf('long', 'count(*)')],
  countif: ([condition], scope) => {
    const held = holds(condition, scope);
    return held === null ? null : [cellOf('long', `count(*) FILTER (WHERE ${held})`)];
  },
  dcount: dcount,
  dcountif: conditional(dcount),
  sum,
  sumif: conditional(sum),
  avg,
  avgif: conditional(avg),
  min: extreme('min'),
  minif: conditional(extreme('min')),
  max: extreme('max'),
  maxif: conditional(extreme('max')),
  percentile,
  percentiles: percentile,
  stdev: spread('stddev_samp'),
  stdevif: conditional(spread('stddev_samp')),
  variance: spread('var_samp'),
  varianceif: conditional(spread('var_samp')),
  arg_max: arg('arg_max'),
  arg_min: arg('arg_min'),
  make_set: makeSet,
  make_set_if: conditional(makeSet),
};
