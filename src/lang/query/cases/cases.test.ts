import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FUNCTIONS } from '../../functions.ts';
import { LIST_OPERATORS, TEXT_OPERATORS } from '../../tree.ts';
import { AGGREGATES } from '../aggregates.ts';
import { checkQuery } from '../check.ts';
import { QUERY_OPERATORS } from '../operators.ts';
import { answer, NOW, read } from '../run/kit.twin.ts';
import { AGGREGATE_CASES } from './aggregates.ts';
import { ARITHMETIC_CASES } from './arithmetic.ts';
import { COMPARISON_CASES } from './comparison.ts';
import { OTHER_FUNCTION_CASES } from './functions-other.ts';
import { TEXT_FUNCTION_CASES } from './functions-text.ts';
import { VALUE_CASES } from './functions-values.ts';
import { CASE_NOW, CASES, type Case, mistakeOf } from './index.ts';
import { OPERATOR_CASES } from './operators.ts';
import { SHAPE_CASES } from './shapes.ts';
import { TABLE_CASES } from './tables.ts';
import { TEXT_CASES } from './text-operators.ts';

const GROUPS: Readonly<Record<string, readonly Case[]>> = {
  comparisons: COMPARISON_CASES,
  'operators of text': TEXT_CASES,
  arithmetic: ARITHMETIC_CASES,
  'functions of values': VALUE_CASES,
  'functions of text': TEXT_FUNCTION_CASES,
  'functions of dates, lists and addresses': OTHER_FUNCTION_CASES,
  aggregates: AGGREGATE_CASES,
  'operators over rows': OPERATOR_CASES,
  'operators over tables': TABLE_CASES,
  'operators that change the shape of rows': SHAPE_CASES,
};

for (const [name, group] of Object.entries(GROUPS)) {
  test(`${name}: every query has the answer that is stated`, async () => {
    const mistakes: string[] = [];
    for (const wanted of group) {
      const mistake = mistakeOf(wanted, await answer(wanted.query, wanted.tables));
      if (mistake !== null) mistakes.push(mistake);
    }
    assert.equal(mistakes.join('\n'), '');
  });
}

test('a wrong answer is told, and so is a wrong order where it matters', () => {
  const wanted: Case = {
    subject: 's',
    name: 'n',
    tables: {},
    query: 'events',
    rows: ['{"a":1}', '{"a":2}'],
    ordered: false,
    byArrival: false,
  };
  assert.equal(mistakeOf(wanted, ['{"a":2}', '{"a":1}']), null);
  assert.match(mistakeOf({ ...wanted, ordered: true }, ['{"a":2}', '{"a":1}']) ?? '', /^s: n\n {2}events\n/);
  assert.match(mistakeOf(wanted, ['{"a":2}']) ?? '', /wanted \{"a":1\}\n/);
});

test('the other answers do not depend on the order in which rows come', async () => {
  for (const wanted of CASES) {
    if (wanted.byArrival) continue;
    const tables = Object.fromEntries(Object.entries(wanted.tables).map(([name, rows]) => [name, [...rows].reverse()]));
    assert.equal(mistakeOf(wanted, await answer(wanted.query, tables)), null);
  }
});

test('the checker has nothing against any of them', () => {
  const complaints = CASES.flatMap(({ query }) =>
    checkQuery(read(query)).diagnostics.map(({ message }) => `${query}: ${message}`),
  );
  assert.deepEqual(complaints, []);
});

test('all groups are among the cases, and each case has a name of its own within its subject', () => {
  assert.equal(CASES.length, Object.values(GROUPS).flat().length);
  const names = CASES.map(({ subject, name, tables }) => `${subject}: ${name} ${JSON.stringify(tables)}`);
  assert.deepEqual(
    names.filter((name, i) => names.indexOf(name) !== i),
    [],
  );
  assert.equal(Date.parse(CASE_NOW), NOW);
});

test('there is a case for every operator, function and aggregate', () => {
  const subjects = new Set(CASES.map(({ subject }) => subject));
  const comparisons = [
    '==',
    '!=',
    '=~',
    '!~',
    '<',
    '<=',
    '>',
    '>=',
    'between',
    '!between',
    'matches regex',
    'and',
    'or',
    'not',
  ];
  const texts = TEXT_OPERATORS.flatMap((name) => [name, `!${name}`, `${name}_cs`, `!${name}_cs`]);
  // Rules are held to what they match elsewhere, explain to its own tests.
  const steps = Object.keys(QUERY_OPERATORS).filter((name) => name !== 'detect' && name !== 'explain');
  const calls = [...Object.keys(FUNCTIONS), ...Object.keys(AGGREGATES)].map((name) => `${name}()`);
  const all = [...comparisons, ...texts, ...LIST_OPERATORS, ...'+-*/%', ...steps, ...calls];
  assert.deepEqual(
    all.filter((name) => !subjects.has(name)),
    [],
  );
});

test('every aggregate is tried on a table without rows', () => {
  const empty = new Set(
    CASES.filter(({ query }) => /where (?:false|g == "z")/.test(query)).map(({ subject }) => subject),
  );
  assert.deepEqual(
    Object.keys(AGGREGATES).filter((name) => !empty.has(`${name}()`)),
    [],
  );
});
