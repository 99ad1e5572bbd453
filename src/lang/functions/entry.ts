/** What a function is to parser, checker, evaluator and documentation: one table entry. */
import type { Fold } from '../operators.ts';
import type { StaticType, Value, Values } from '../value.ts';

/** The first match at or behind an offset: the whole, then each group (undefined: it took no part). Null: there is none. */
export type Groups = (
  text: string,
  from?: number,
) => (readonly (string | undefined)[] & { readonly index: number }) | null;

/** What stands above this room: expressions in linear time, and the one meaning of "whatever the case". */
export interface Tools {
  /** Compiles a regular expression for `matches regex`; throws an Error whose message names what cannot be run. */
  readonly regex: (pattern: string) => { test(text: string): boolean };
  /** The same for what needs the place and the groups of a match: `extract`, `parse kind=regex`. Throws alike. */
  readonly groups: (pattern: string) => Groups;
  /** Case folding of `=~`, `in~`, `has` and their kin. */
  readonly fold: Fold;
}

/** A function of single values. */
export type One = (values: readonly Value[]) => Value;

export interface FunctionEntry {
  /** As shown in help: `iff(condition, then, else)`. */
  readonly signature: string;
  readonly about: string;
  readonly least: number;
  readonly most: number;
  /** Types of the parameters, the last for all further ones; `dynamic` takes anything. */
  readonly takes: readonly StaticType[];
  /** `argument`: as the first argument is; `results`: as those arguments are of which it gives one. */
  readonly gives: StaticType | 'argument' | 'results';
  /**
   * What a column is called that holds its result and was given no name: as the first argument (`argument`), or so, with the
   * argument's name behind it; left out: nothing of its own. As in Kusto.
   */
  readonly named?: string;
  /** Of one value each, where at most one argument has several: the result is mapped over those. */
  readonly one?: One;
  /** Of all values of all arguments; `now` in ticks. */
  readonly all?: (operands: readonly Values[], now: bigint) => Values;
  /** Argument that is a regular expression and a literal, and what is made of it once, to be used as `one`. */
  readonly pattern?: number;
  readonly prepare?: (pattern: string, tools: Tools) => One;
}

/** Longest text a function makes, in UTF-16 units, and longest list. */
export const TEXT_MAX = 1_048_576;
export const LIST_MAX = 65_536;
export const ARGUMENTS_MAX = 64;

type More = Partial<FunctionEntry>;

/** A function of single values with as many arguments as types; further ones may be left out if `more.least` says so. */
export function one(
  signature: string,
  about: string,
  takes: readonly StaticType[],
  gives: FunctionEntry['gives'],
  work: One,
  more: More = {},
): FunctionEntry {
  return { signature, about, least: takes.length, most: takes.length, takes, gives, one: work, ...more };
}

/** A function of all values. */
export function all(
  signature: string,
  about: string,
  takes: readonly StaticType[],
  gives: FunctionEntry['gives'],
  work: (operands: readonly Values[], now: bigint) => Values,
  more: More = {},
): FunctionEntry {
  return { signature, about, least: takes.length, most: takes.length, takes, gives, all: work, ...more };
}

/** A function with a regular expression as a literal argument. */
export function matching(
  signature: string,
  about: string,
  takes: readonly StaticType[],
  gives: FunctionEntry['gives'],
  pattern: number,
  prepare: (pattern: string, tools: Tools) => One,
  more: More = {},
): FunctionEntry {
  return { signature, about, least: takes.length, most: takes.length, takes, gives, pattern, prepare, ...more };
}

/** The first of several values, null where there is none. */
export const single = (values: Values | undefined): Value => values?.[0] ?? null;

/** A text a function made, or null where it is too long to be kept. */
export const bounded = (text: string): string | null => (text.length > TEXT_MAX ? null : text);
