/** The aggregates of `summarize` and `make-series`: how they are written. What they do is in run/aggregates. */
import type { StaticType } from '../value.ts';

export interface AggregateEntry {
  /** As shown in help: `sumif(x, condition)`. */
  readonly signature: string;
  readonly about: string;
  readonly least: number;
  readonly most: number;
  /** Types of the parameters, the last for all further ones; `dynamic` takes anything. */
  readonly takes: readonly StaticType[];
  /** `argument`: as the first argument is. */
  readonly gives: StaticType | 'argument';
  /** Its column is called so, with the name of the first argument behind it (`sum_x`); null: as the argument alone. */
  readonly prefix: string | null;
  /** Whether an argument may be `*`: all columns. */
  readonly star?: boolean;
}

const ARGUMENTS_MAX = 64;

function entry(
  signature: string,
  about: string,
  takes: readonly StaticType[],
  gives: AggregateEntry['gives'],
  more: Partial<AggregateEntry> = {},
): AggregateEntry {
  const name = signature.slice(0, signature.indexOf('('));
  const count = takes.length;
  return { signature, about, least: count, most: count, takes, gives, prefix: name, ...more };
}

export const AGGREGATES: Readonly<Record<string, AggregateEntry>> = {
  count: entry('count()', 'number of rows', [], 'long'),
  countif: entry('countif(condition)', 'number of rows for which the condition holds', ['bool'], 'long'),
  dcount: entry(
    'dcount(x[, accuracy])',
    'number of different values that are not null; exact, whatever the accuracy',
    ['dynamic', 'long'],
    'long',
    { least: 1 },
  ),
  dcountif: entry(
    'dcountif(x, condition[, accuracy])',
    'the same, of rows for which the condition holds',
    ['dynamic', 'bool', 'long'],
    'long',
    { least: 2 },
  ),
  sum: entry('sum(x)', 'sum of the numbers or spans', ['real'], 'argument'),
  sumif: entry('sumif(x, condition)', 'the same, of rows for which the condition holds', ['real', 'bool'], 'argument'),
  avg: entry('avg(x)', 'mean of what is not null', ['real'], 'real'),
  avgif: entry('avgif(x, condition)', 'the same, of rows for which the condition holds', ['real', 'bool'], 'real'),
  min: entry('min(x)', 'the least', ['dynamic'], 'argument'),
  minif: entry(
    'minif(x, condition)',
    'the same, of rows for which the condition holds',
    ['dynamic', 'bool'],
    'argument',
  ),
  max: entry('max(x)', 'the greatest', ['dynamic'], 'argument'),
  maxif: entry(
    'maxif(x, condition)',
    'the same, of rows for which the condition holds',
    ['dynamic', 'bool'],
    'argument',
  ),
  percentile: entry(
    'percentile(x, percent)',
    'the value below or at which this many of a hundred lie (nearest rank)',
    ['real', 'real'],
    'argument',
  ),
  percentiles: entry(
    'percentiles(x, percent, …)',
    'the same for several, one column each',
    ['real', 'real'],
    'argument',
    { most: ARGUMENTS_MAX, prefix: 'percentile' },
  ),
  stdev: entry('stdev(x)', 'standard deviation of a sample', ['real'], 'real'),
  stdevif: entry('stdevif(x, condition)', 'the same, of rows for which the condition holds', ['real', 'bool'], 'real'),
  variance: entry('variance(x)', 'variance of a sample', ['real'], 'real'),
  varianceif: entry(
    'varianceif(x, condition)',
    'the same, of rows for which the condition holds',
    ['real', 'bool'],
    'real',
  ),
  make_list: entry('make_list(x[, most])', 'list of all values that are not null', ['dynamic', 'long'], 'dynamic', {
    least: 1,
    prefix: 'list',
  }),
  make_list_if: entry(
    'make_list_if(x, condition[, most])',
    'the same, of rows for which the condition holds',
    ['dynamic', 'bool', 'long'],
    'dynamic',
    { least: 2, prefix: 'list' },
  ),
  make_set: entry(
    'make_set(x[, most])',
    'list of the different values that are not null',
    ['dynamic', 'long'],
    'dynamic',
    { least: 1, prefix: 'set' },
  ),
  make_set_if: entry(
    'make_set_if(x, condition[, most])',
    'the same, of rows for which the condition holds',
    ['dynamic', 'bool', 'long'],
    'dynamic',
    { least: 2, prefix: 'set' },
  ),
  make_bag: entry('make_bag(x[, most])', 'the members of all bags in one', ['dynamic', 'long'], 'dynamic', {
    least: 1,
    prefix: 'bag',
  }),
  arg_max: entry(
    'arg_max(x, column, …)',
    'the row in which x is greatest: x and these columns, or all (*)',
    ['dynamic'],
    'argument',
    { least: 1, most: ARGUMENTS_MAX, prefix: null, star: true },
  ),
  arg_min: entry(
    'arg_min(x, column, …)',
    'the row in which x is least: x and these columns, or all (*)',
    ['dynamic'],
    'argument',
    { least: 1, most: ARGUMENTS_MAX, prefix: null, star: true },
  ),
  take_any: entry('take_any(x, …)', 'some row: these columns of it, or all (*)', ['dynamic'], 'argument', {
    least: 1,
    most: ARGUMENTS_MAX,
    prefix: null,
    star: true,
  }),
  take_anyif: entry(
    'take_anyif(x, condition)',
    'x of some row for which the condition holds',
    ['dynamic', 'bool'],
    'argument',
    { prefix: null },
  ),
};

/** Other names of aggregates, as Kusto has them. */
export const AGGREGATE_ALIASES: Readonly<Record<string, string>> = {
  any: 'take_any',
  makelist: 'make_list',
  makeset: 'make_set',
  argmax: 'arg_max',
  argmin: 'arg_min',
  count_distinct: 'dcount',
  count_distinctif: 'dcountif',
};

/** The name an aggregate is listed under, or null for what is none. */
export function aggregateName(name: string): string | null {
  const own = Object.hasOwn(AGGREGATE_ALIASES, name) ? AGGREGATE_ALIASES[name] : name;
  return Object.hasOwn(AGGREGATES, own) ? own : null;
}
