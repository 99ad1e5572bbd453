/** The functions of expressions: one table, by theme in `functions/`. */
import { ADDRESSES } from './functions/addresses.ts';
import { CHOOSE } from './functions/choose.ts';
import { CONVERT } from './functions/convert.ts';
import { DATES } from './functions/dates.ts';
import { ENCODE } from './functions/encode.ts';
import type { FunctionEntry } from './functions/entry.ts';
import { LISTS } from './functions/lists.ts';
import { NUMBERS } from './functions/numbers.ts';
import { TEXT } from './functions/text.ts';

export { isNull } from './functions/choose.ts';
export { textOf, toDateTime } from './functions/convert.ts';
export type { FunctionEntry, Groups, One, Tools } from './functions/entry.ts';

export const FUNCTIONS: Readonly<Record<string, FunctionEntry>> = {
  ...CHOOSE,
  ...CONVERT,
  ...TEXT,
  ...NUMBERS,
  ...DATES,
  ...LISTS,
  ...ADDRESSES,
  ...ENCODE,
};

/** Other names of functions, as Kusto has them. */
export const FUNCTION_ALIASES: Readonly<Record<string, string>> = {
  iif: 'iff',
  todouble: 'toreal',
  todecimal: 'toreal',
  toboolean: 'tobool',
  totime: 'totimespan',
  notnull: 'isnotnull',
  notempty: 'isnotempty',
  floor: 'bin',
  todynamic: 'parse_json',
  toobject: 'parse_json',
  parsejson: 'parse_json',
  pack: 'bag_pack',
  pack_dictionary: 'bag_pack',
  arraylength: 'array_length',
  parseurl: 'parse_url',
};

/** A function by its name or an alias, or null. */
export function functionOf(name: string): FunctionEntry | null {
  const own = Object.hasOwn(FUNCTION_ALIASES, name) ? FUNCTION_ALIASES[name] : name;
  return Object.hasOwn(FUNCTIONS, own) ? FUNCTIONS[own] : null;
}
