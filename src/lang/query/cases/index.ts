/** All cases there are. */
import { AGGREGATE_CASES } from './aggregates.ts';
import { ARITHMETIC_CASES } from './arithmetic.ts';
import type { Case } from './case.ts';
import { COMPARISON_CASES } from './comparison.ts';
import { OTHER_FUNCTION_CASES } from './functions-other.ts';
import { TEXT_FUNCTION_CASES } from './functions-text.ts';
import { VALUE_CASES } from './functions-values.ts';
import { OPERATOR_CASES } from './operators.ts';
import { SHAPE_CASES } from './shapes.ts';
import { TABLE_CASES } from './tables.ts';
import { TEXT_CASES } from './text-operators.ts';

export { CASE_NOW, type Case, EVENT, mistakeOf, type Tables } from './case.ts';

export const CASES: readonly Case[] = [
  ...COMPARISON_CASES,
  ...TEXT_CASES,
  ...ARITHMETIC_CASES,
  ...VALUE_CASES,
  ...TEXT_FUNCTION_CASES,
  ...OTHER_FUNCTION_CASES,
  ...AGGREGATE_CASES,
  ...OPERATOR_CASES,
  ...TABLE_CASES,
  ...SHAPE_CASES,
];
