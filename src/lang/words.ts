/** The words and signs of expressions, and which of them cannot name a field as they are. */
import { LIST_OPERATORS, TEXT_OPERATORS, type TextOperator } from './tree.ts';

export const COMPARISONS: readonly string[] = ['==', '!=', '=~', '!~', '<', '<=', '>', '>='];

/** How one word operator of text is written. */
interface TextForm {
  readonly operator: TextOperator;
  readonly negated: boolean;
  readonly caseSensitive: boolean;
}

export const TEXT_FORMS: ReadonlyMap<string, TextForm> = new Map(
  TEXT_OPERATORS.flatMap((operator) =>
    [false, true].flatMap((negated) =>
      [false, true].map((caseSensitive): [string, TextForm] => [
        `${negated ? '!' : ''}${operator}${caseSensitive ? '_cs' : ''}`,
        { operator, negated, caseSensitive },
      ]),
    ),
  ),
);

/** Every operator that stands between two operands. */
export const OPERATORS: readonly string[] = [
  'or',
  'and',
  ...COMPARISONS,
  ...TEXT_FORMS.keys(),
  'matches regex',
  ...LIST_OPERATORS,
  'between',
  '!between',
  '+',
  '-',
  '*',
  '/',
  '%',
];

/** What people write who think of another language, and what it is called here. */
export const FOREIGN: Readonly<Record<string, string>> = {
  like: 'contains, startswith, endswith or matches regex',
  is: '==, isnull(x) or isnotnull(x)',
  regex: 'matches regex',
  match: 'matches regex',
  '!matches': 'not(x matches regex …)',
  includes: 'contains',
  starts_with: 'startswith',
  ends_with: 'endswith',
};

const RESERVED: ReadonlySet<string> = new Set([
  'and',
  'or',
  'not',
  'in',
  'between',
  'matches',
  'true',
  'false',
  'null',
]);
export const LITERALS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

/** Whether a key can stand at the head of a path as it is. */
export function isPlainHead(key: string): boolean {
  return isPlainKey(key) && !RESERVED.has(key) && !TEXT_FORMS.has(key) && !LIST_OPERATORS.some((word) => word === key);
}

/** Whether a key can follow a dot as it is. */
export function isPlainKey(key: string): boolean {
  return /^[A-Za-z_@][A-Za-z0-9_]*$/.test(key) && key !== '@';
}

export function isWordOperator(word: string): boolean {
  return (
    TEXT_FORMS.has(word) || LIST_OPERATORS.some((known) => known === word) || ['and', 'or', 'between'].includes(word)
  );
}
