/**
 * Values of expressions. A `long` is a bigint and a `real` a number, so that `5 / 2` and `5.0 / 2` differ as in Kusto and no
 * integer loses digits. Times count in ticks of 100 ns, as Kusto's do.
 */

/** 100 ns. */
export const TICKS_PER_MS = 10_000n;
export const TICKS_PER_DAY = 86_400_000n * TICKS_PER_MS;

/** A point in time: ticks since 1970-01-01T00:00:00Z. */
export class DateTime {
  readonly ticks: bigint;

  constructor(ticks: bigint) {
    this.ticks = ticks;
  }
}

/** A length of time in ticks. */
export class TimeSpan {
  readonly ticks: bigint;

  constructor(ticks: bigint) {
    this.ticks = ticks;
  }
}

/**
 * A list as one value: what `dynamic([…])`, `parse_json`, `make_list` and `split` give. A field of an event with several values is no
 * List but several values, of which conditions ask for any; functions of lists take both (`itemsOf`).
 */
export class List {
  readonly items: readonly Value[];

  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

/** Values by name, in the order they came: an object of JSON. */
export class Bag {
  readonly entries: ReadonlyMap<string, Value>;

  constructor(entries: ReadonlyMap<string, Value>) {
    this.entries = entries;
  }
}

export type Value = string | bigint | number | boolean | null | DateTime | TimeSpan | List | Bag;

/** Items of a list: those of a List, or the values of a field. */
export function itemsOf(values: Values): Values {
  const [only] = values;
  return values.length === 1 && only instanceof List ? only.items : values;
}

/** What an operand is worth in one event: none (absent), one or several values. `null` elements count as absent ones. */
export type Values = readonly Value[];

/** `dynamic`: lists and bags. */
export type ValueType = 'string' | 'long' | 'real' | 'bool' | 'datetime' | 'timespan' | 'null' | 'dynamic';

/** What is known of an expression's type before an event is seen; `dynamic`: nothing. */
export type StaticType = ValueType;

export function typeOfValue(value: Value): ValueType {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'bigint':
      return 'long';
    case 'number':
      return 'real';
    case 'boolean':
      return 'bool';
    default:
      if (value instanceof DateTime) return 'datetime';
      return value instanceof TimeSpan ? 'timespan' : 'dynamic';
  }
}

const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;

/** A long, or null where 64 bits do not hold it. */
export function long(value: bigint): bigint | null {
  return value >= LONG_MIN && value <= LONG_MAX ? value : null;
}

/** A number as it is written in JSON and in events: no leading zeros, no blanks. Longer texts are no numbers. */
const NUMBER = /^-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$/;
const NUMBER_LENGTH_MAX = 64;

/** What a text is worth as a number, or null: `"4624"` is 4624, `"04624"` is a text. */
export function numberOf(text: string): bigint | number | null {
  if (text.length > NUMBER_LENGTH_MAX) return null;
  const match = NUMBER.exec(text);
  if (match === null) return null;
  if (match[1] === undefined && match[2] === undefined) return long(BigInt(text)) ?? Number(text);
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}
