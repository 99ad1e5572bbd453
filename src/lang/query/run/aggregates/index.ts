/** What each aggregate does, under the names of AGGREGATES. */
import type { Aggregate } from './aggregate.ts';
import { conditional } from './aggregate.ts';
import { argMax, argMin } from './arg.ts';
import { avg } from './avg.ts';
import { count, countif } from './count.ts';
import { dcount } from './dcount.ts';
import { max, min } from './extreme.ts';
import { makeBag } from './make-bag.ts';
import { makeList, makeSet } from './make-list.ts';
import { percentile } from './percentile.ts';
import { stdev, variance } from './spread.ts';
import { sum } from './sum.ts';
import { takeAny } from './take-any.ts';

export const AGGREGATE_WORK: Readonly<Record<string, Aggregate>> = {
  count,
  countif,
  dcount,
  dcountif: conditional(dcount),
  sum,
  sumif: conditional(sum),
  avg,
  avgif: conditional(avg),
  min,
  minif: conditional(min),
  max,
  maxif: conditional(max),
  percentile,
  percentiles: percentile,
  stdev,
  stdevif: conditional(stdev),
  variance,
  varianceif: conditional(variance),
  make_list: makeList,
  make_list_if: conditional(makeList),
  make_set: makeSet,
  make_set_if: conditional(makeSet),
  make_bag: makeBag,
  arg_max: argMax,
  arg_min: argMin,
  take_any: takeAny,
  take_anyif: conditional(takeAny),
};
