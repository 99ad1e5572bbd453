/** Lists and bags. A field with several values counts as a list. */
import { formatJson } from '../json.ts';
import { dateTime } from '../time.ts';
import { Bag, DateTime, itemsOf, List, TimeSpan, type Value, type Values } from '../value.ts';
import { textOf, toLong, toNumber } from './convert.ts';
import { ARGUMENTS_MAX, all, type FunctionEntry, LIST_MAX, one, single } from './entry.ts';
import { compareValues } from './numbers.ts';

/** What makes two values one in a set: type and worth, `1` and `1.0` alike. */
export function identity(value: Value): string {
  if (typeof value === 'number' && Number.isInteger(value)) return `${BigInt(value)}`;
  return value instanceof DateTime || value instanceof TimeSpan
    ? `${value.constructor === DateTime}${value.ticks}`
    : formatJson(value);
}

/** A list of these values, or null where it would be too long to be kept. */
const list = (values: Values): Values => [values.length > LIST_MAX ? null : new List(values)];

/** Each once, in the order they came. */
function distinct(values: Iterable<Value>): Value[] {
  const found = new Map<string, Value>();
  for (const value of values) {
    const key = identity(value);
    if (!found.has(key)) found.set(key, value);
  }
  return [...found.values()];
}

const keysOf = (values: Values): Set<string> => new Set(itemsOf(values).map(identity));

/** In order; what has no order with the rest stays behind it. Nulls are last. */
function sorted(values: Values, sign: 1 | -1): Value[] {
  const order = (a: Value, b: Value): number => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return (compareValues(a, b) ?? 0) * sign;
  };
  return [...values].sort(order);
}

function slice([values, start, end]: readonly Values[]): Values {
  const items = itemsOf(values);
  const [from, to] = [toLong(single(start)), toLong(single(end))];
  if (from === null || to === null) return [null];
  const place = (at: bigint): number => Number(at < 0n ? BigInt(items.length) + at : at);
  // The end counts too.
  return list(items.slice(Math.max(0, place(from)), place(to) + 1));
}

function sum(values: Values): Value {
  let total: bigint | number = 0n;
  for (const item of itemsOf(values)) {
    const number = toNumber(item);
    if (number === null) continue;
    total = typeof total === 'bigint' && typeof number === 'bigint' ? total + number : Number(total) + Number(number);
  }
  return typeof total === 'bigint' && BigInt.asIntN(64, total) !== total ? null : total;
}

/** `start`, `start + step`, … up to `end`, at most so many as a list may have. */
function range([from, to, by]: readonly Value[]): Value {
  const ticks = (value: Value): bigint | null =>
    value instanceof DateTime || value instanceof TimeSpan ? value.ticks : null;
  const [first, last, step] = [
    ticks(from) ?? toNumber(from),
    ticks(to) ?? toNumber(to),
    by === undefined ? 1n : (ticks(by) ?? toNumber(by)),
  ];
  if (first === null || last === null || step === null || Number(step) === 0) return null;
  const whole = typeof first === 'bigint' && typeof last === 'bigint' && typeof step === 'bigint';
  const count = whole
    ? Number((last - first) / step)
    : Math.floor((Number(last) - Number(first)) / Number(step) + 1e-9);
  if (!(count < LIST_MAX)) return null;
  const items = Array.from({ length: Math.max(0, count + 1) }, (_, i): Value => {
    if (!whole) return Number(first) + Number(step) * i;
    const value = first + step * BigInt(i);
    if (from instanceof DateTime) return dateTime(value);
    return from instanceof TimeSpan ? new TimeSpan(value) : value;
  });
  // Dates from the end backwards would be negative counts.
  return new List(whole && (last - first) * step < 0n ? [] : items);
}

/** Members by alternating names and values. */
function pack(values: readonly Value[]): Value {
  const entries = new Map<string, Value>();
  for (let i = 0; i + 1 < values.length; i += 2) entries.set(textOf(values[i]), values[i + 1]);
  return new Bag(entries);
}

/** A value as one: several become a list. */
const whole = (values: Values): Value => (values.length > 1 ? new List(values) : single(values));

function merge(operands: readonly Values[]): Values {
  const entries = new Map<string, Value>();
  for (const [only] of operands) {
    if (!(only instanceof Bag)) continue;
    // The first to name a member has it.
    for (const [key, value] of only.entries) if (!entries.has(key)) entries.set(key, value);
  }
  return [new Bag(entries)];
}

const entriesOf = (value: Value): ReadonlyMap<string, Value> => (value instanceof Bag ? value.entries : new Map());

export const LISTS: Readonly<Record<string, FunctionEntry>> = {
  array_length: all(
    'array_length(x)',
    'number of elements of a list, or of values a field has; 0 where absent',
    ['dynamic'],
    'long',
    ([x]) => [x.length === 1 && x[0] === null ? 0n : BigInt(itemsOf(x).length)],
  ),
  array_concat: all(
    'array_concat(list, list, …)',
    'the elements of all lists in one',
    ['dynamic'],
    'dynamic',
    (lists) => list(lists.flatMap(itemsOf)),
    { most: ARGUMENTS_MAX },
  ),
  array_index_of: all(
    'array_index_of(list, value)',
    'place of a value in a list from 0; -1: it is not there',
    ['dynamic', 'dynamic'],
    'long',
    ([values, value]) => [
      BigInt(
        itemsOf(values)
          .map(identity)
          .indexOf(identity(single(value))),
      ),
    ],
  ),
  array_slice: all(
    'array_slice(list, start, end)',
    'elements from start to end, both counted; below 0 from the end',
    ['dynamic', 'long', 'long'],
    'dynamic',
    slice,
  ),
  array_reverse: all('array_reverse(list)', 'from the last element to the first', ['dynamic'], 'dynamic', ([x]) =>
    list([...itemsOf(x)].reverse()),
  ),
  array_sort_asc: all('array_sort_asc(list)', 'in order, the least first, nulls last', ['dynamic'], 'dynamic', ([x]) =>
    list(sorted(itemsOf(x), 1)),
  ),
  array_sort_desc: all(
    'array_sort_desc(list)',
    'in order, the greatest first, nulls last',
    ['dynamic'],
    'dynamic',
    ([x]) => list(sorted(itemsOf(x), -1)),
  ),
  array_sum: all('array_sum(list)', 'sum of the numbers in a list', ['dynamic'], 'real', ([x]) => [sum(x)]),
  set_has_element: all(
    'set_has_element(list, value)',
    'whether a list has a value',
    ['dynamic', 'dynamic'],
    'bool',
    ([values, value]) => [keysOf(values).has(identity(single(value)))],
  ),
  set_union: all(
    'set_union(list, list, …)',
    'the different elements of all lists',
    ['dynamic'],
    'dynamic',
    (lists) => list(distinct(lists.flatMap(itemsOf))),
    { most: ARGUMENTS_MAX },
  ),
  set_intersect: all(
    'set_intersect(list, list, …)',
    'the different elements that all lists have',
    ['dynamic'],
    'dynamic',
    ([first, ...rest]) => {
      const others = rest.map(keysOf);
      return list(distinct(itemsOf(first)).filter((value) => others.every((keys) => keys.has(identity(value)))));
    },
    { most: ARGUMENTS_MAX },
  ),
  set_difference: all(
    'set_difference(list, list, …)',
    'the different elements of the first list that no other has',
    ['dynamic'],
    'dynamic',
    ([first, ...rest]) => {
      const others = rest.map(keysOf);
      return list(distinct(itemsOf(first)).filter((value) => !others.some((keys) => keys.has(identity(value)))));
    },
    { most: ARGUMENTS_MAX },
  ),
  pack_array: all(
    'pack_array(x, y, …)',
    'list of the arguments',
    ['dynamic'],
    'dynamic',
    (operands) => list(operands.map(whole)),
    { least: 1, most: ARGUMENTS_MAX },
  ),
  range: one(
    'range(start, end[, step])',
    'list of numbers, dates or spans from start to end, both counted',
    ['dynamic', 'dynamic', 'dynamic'],
    'dynamic',
    range,
    { least: 2 },
  ),
  bag_pack: all(
    'bag_pack(name, value, …)',
    'bag of names and values in turn',
    ['dynamic'],
    'dynamic',
    (operands) => [pack(operands.map(whole))],
    { least: 2, most: ARGUMENTS_MAX },
  ),
  bag_keys: one('bag_keys(bag)', 'list of the names in a bag', ['dynamic'], 'dynamic', ([x]) =>
    x instanceof Bag ? new List([...x.entries.keys()]) : null,
  ),
  bag_has_key: one(
    'bag_has_key(bag, name)',
    'whether a bag has a member of this name',
    ['dynamic', 'string'],
    'bool',
    ([x, name]) => entriesOf(x).has(textOf(name)),
  ),
  bag_merge: all(
    'bag_merge(bag, bag, …)',
    'the members of all bags; where several have one, that of the first',
    ['dynamic'],
    'dynamic',
    merge,
    { most: ARGUMENTS_MAX },
  ),
};
