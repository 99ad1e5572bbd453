/** Whether there is a value, and which of several to take. */
import type { Value, Values } from '../value.ts';
import { ARGUMENTS_MAX, all, type FunctionEntry } from './entry.ts';
import { compareValues } from './numbers.ts';

/** No value, or none but nulls. */
export function isNull(values: Values): boolean {
  return values.every((value) => value === null);
}

const isEmpty = (values: Values): boolean => values.every((value) => value === null || value === '');

/** `case(c1, v1, c2, v2, …, else)`. */
function firstCase(operands: readonly Values[]): Values {
  for (let i = 0; i + 1 < operands.length; i += 2) {
    if (operands[i].includes(true)) return operands[i + 1];
  }
  return operands.length % 2 === 1 ? operands[operands.length - 1] : [];
}

/** The value that is most so; nulls do not count. */
function most(operands: readonly Values[], sign: 1 | -1): Values {
  let best: Value = null;
  for (const value of operands.flat()) {
    if (value !== null && (best === null || (compareValues(value, best) ?? 0) * sign > 0)) best = value;
  }
  return [best];
}

export const CHOOSE: Readonly<Record<string, FunctionEntry>> = {
  isnull: all('isnull(x)', 'x is absent or null', ['dynamic'], 'bool', ([x]) => [isNull(x)]),
  isnotnull: all('isnotnull(x)', 'x has a value', ['dynamic'], 'bool', ([x]) => [!isNull(x)]),
  isempty: all('isempty(x)', 'x is absent, null or an empty text', ['dynamic'], 'bool', ([x]) => [isEmpty(x)]),
  isnotempty: all('isnotempty(x)', 'x has a value that is no empty text', ['dynamic'], 'bool', ([x]) => [!isEmpty(x)]),
  coalesce: all(
    'coalesce(x, y, …)',
    'the first argument that is not null',
    ['dynamic'],
    'results',
    (operands) => operands.find((values) => !isNull(values)) ?? [],
    { most: ARGUMENTS_MAX },
  ),
  iff: all(
    'iff(condition, then, else)',
    'the second argument where the condition holds, else the third (a null condition does not hold)',
    ['bool', 'dynamic', 'dynamic'],
    'results',
    firstCase,
  ),
  case: all(
    'case(condition, then, condition, then, …, else)',
    'what follows the first condition that holds, else the last argument',
    ['dynamic'],
    'results',
    firstCase,
    { least: 3, most: ARGUMENTS_MAX },
  ),
  max_of: all(
    'max_of(x, y, …)',
    'the greatest argument; nulls do not count',
    ['dynamic'],
    'results',
    (operands) => most(operands, 1),
    { most: ARGUMENTS_MAX },
  ),
  min_of: all(
    'min_of(x, y, …)',
    'the least argument; nulls do not count',
    ['dynamic'],
    'results',
    (operands) => most(operands, -1),
    { most: ARGUMENTS_MAX },
  ),
};
