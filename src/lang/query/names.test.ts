import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGGREGATE_ALIASES, AGGREGATES } from './aggregates.ts';
import { namesOf } from './names.ts';
import { parseQuery } from './parse.ts';

/** Names of the columns of one expression. */
function names(text: string): readonly (string | null)[] {
  const step = parseQuery(`events | summarize ${text}`).tree?.body.operators[0];
  assert.ok(step?.kind === 'summarize', text);
  return namesOf(step.aggregates[0].value);
}

test('columns that nobody named are called as in Kusto, with the dots of paths', () => {
  for (const [text, ...wanted] of [
    ['user.name', 'user.name'],
    ['a + 1', null],
    ['tolower(a)', null],
    ['tostring(user.name)', 'user.name'],
    ['strlen(a)', 'strlen_a'],
    ['gettype(a)', 'type_a'],
    ['bin(@timestamp, 1h)', '@timestamp'],
    ['bin(a + 1, 1h)', null],
    ['d[0]', 'd_0'],
    ['parse_json(d).k', 'd.k'],
    ['count()', 'count_'],
    ['countif(a)', 'countif_a'],
    ['countif(a > 1)', 'countif_'],
    ['sum(a)', 'sum_a'],
    ['dcount(user.name)', 'dcount_user.name'],
    ['sum(a + 1)', 'sum_'],
    ['max(bin(a, 5))', 'max_a'],
    ['make_set(a)', 'set_a'],
    ['make_list(a)', 'list_a'],
    ['percentile(a, 95)', 'percentile_a_95'],
    ['percentiles(a, 50, 99.9)', 'percentile_a_50', 'percentile_a_99_9'],
    ['arg_max(a, b, c)', 'a', 'b', 'c'],
    ['arg_min(a, *)', 'a', '*'],
    ['take_any(a, b)', 'a', 'b'],
    ['take_anyif(a, b)', 'a'],
  ] as const) {
    assert.deepEqual(names(text), wanted, text);
  }
});

test('aggregates have signatures that begin with their names, and other names lead to them', () => {
  for (const [name, { signature, about, least, most, takes }] of Object.entries(AGGREGATES)) {
    assert.ok(signature.startsWith(`${name}(`) && about.length > 5, name);
    assert.ok(least <= most && (takes.length > 0 || most === 0), name);
  }
  for (const [alias, name] of Object.entries(AGGREGATE_ALIASES)) {
    assert.ok(Object.hasOwn(AGGREGATES, name) && !Object.hasOwn(AGGREGATES, alias), alias);
  }
});
