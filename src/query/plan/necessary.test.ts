import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOOLS } from '../../lang/kit.twin.ts';
import { read } from '../../lang/query/run/kit.twin.ts';
import type { Necessary } from '../find/necessary.ts';
import { Base } from './base.ts';
import { fold } from './kit.twin.ts';
import { necessaryOf, termsOf } from './necessary.ts';
import { needsOf } from './needs.ts';
import type { Segment } from './view.ts';

const MICROS = BigInt(Date.UTC(2026, 2, 1)) * 1000n;
const segment: Segment = {
  ...{ file: '/x', source: 's', log: 'l', rows: 1, minTime: MICROS, maxTime: MICROS },
  columns: [
    ['id', 'id', 'integer'],
    ['host', 'host', 'string'],
    ['m', 'm', 'integer'],
    ['m#str', 'm', 'string'],
    ['flag', 'flag', 'boolean'],
    ['user.name', 'user.name', 'string'],
    ['CommandLine', 'CommandLine', 'string'],
  ],
};
const world = { tools: { ...TOOLS, fold }, now: Date.UTC(2026, 2, 1) };
const { groups } = new Base('acme', [segment], []);
const [group] = groups;

function told(necessary: Necessary | null): string {
  if (necessary === null) return 'anything';
  if (necessary.kind !== 'value') {
    const sign = necessary.kind === 'all' ? ' & ' : ' | ';
    return necessary.of.length === 0 ? 'nothing' : `(${necessary.of.map(told).join(sign)})`;
  }
  return `${necessary.columns?.join('+') ?? '*'}:${necessary.terms.join(',')}:${necessary.piece}`;
}
const necessary = (query: string): string => told(necessaryOf(read(`events | ${query}`).body.operators, group, world));

test('of a text those terms are necessary that stand in it whole, whatever comes before and behind', () => {
  assert.deepEqual(termsOf('C:\\Temp\\a-b', 'has'), ['c', 'temp', 'a', 'b']);
  assert.deepEqual(termsOf('one two three', 'contains'), ['two']);
  assert.deepEqual(termsOf('one two three', 'startswith'), ['one', 'two']);
  assert.deepEqual(termsOf('one two three', 'hasprefix'), ['one', 'two']);
  assert.deepEqual(termsOf('one two three', 'endswith'), ['two', 'three']);
  assert.deepEqual(termsOf('one two three', 'hassuffix'), ['two', 'three']);
  assert.deepEqual(termsOf(' one ', 'contains'), ['one']);
  assert.deepEqual(termsOf('İstanbulün', 'has'), ['stanbul', 'n']);
  assert.deepEqual(termsOf('one', 'contains'), []);
});

test('conditions that every row must satisfy say what is necessary', () => {
  assert.equal(necessary('where * has "Needle-1"'), '*:needle,1:needle-1');
  assert.equal(necessary('search needle'), '*:needle:needle');
  assert.equal(necessary('search host:web01'), 'host:web01:web01');
  assert.equal(necessary('where host == "Web 01"'), 'host:web,01:web 01');
  assert.equal(necessary('where host has "ax" and host contains "b-c"'), '(host:ax:ax & host::b-c)');
  assert.equal(
    necessary('where host has "ax" or host has "b" | where m has "c"'),
    '((host:ax:ax | host:b:b) & m+m#str:c:c)',
  );
  assert.equal(necessary('where host has_any ("ax", "b")'), '(host:ax:ax | host:b:b)');
  assert.equal(necessary('where host has_all ("ax", "b")'), '(host:ax:ax & host:b:b)');
  assert.equal(necessary('where host in ("ax", "b")'), '(host:ax:ax | host:b:b)');
  assert.equal(necessary('where id == 4624'), 'id:4624:4624');
  assert.equal(necessary('where never has "ax"'), 'nothing');
  assert.equal(necessary('where host has "ax" or never has "b"'), '(host:ax:ax | nothing)');
  assert.equal(necessary('sort by id | where * has "a-b"'), '*:a,b:a-b');
});

test('where a row may satisfy them otherwise nothing is', () => {
  for (const query of [
    'where not(host has "a")',
    'where host !has "a"',
    'where host has "a" or id > 5',
    'where host has ""',
    'where host has id',
    // A text may be that number in many ways, and a number be written in others.
    'where m == 4624',
    'where host == "4624.0"',
    'where * == 4624',
    // Truths are in no filter; times are not, as they are shown.
    'where * has "true"',
    'where * has "tru"',
    'where * has "2026"',
    'where * has "01T00"',
    'where * contains "00:00"',
    'where @timestamp has "2026"',
    'where tolower(host) has "a"',
    'where host.inner has "a"',
    'extend host = "a" | where host has "a"',
    'take 5 | where host has "a"',
  ]) {
    assert.equal(necessary(query), 'anything', query);
  }
  assert.equal(necessary('where * has "1999"'), '*:1999:1999');
});

test('columns that must be there, and values within their bounds, are asked of the catalogue', () => {
  const needs = (query: string) => needsOf(read(`events | where ${query}`).body.operators, groups, world);
  assert.deepEqual(needs('id == 7 and host has "a"'), [{ paths: ['id'], values: [7n] }, { paths: ['host'] }]);
  assert.deepEqual(needs('5 < id and id <= 9.5'), [
    { paths: ['id'], from: 5n },
    { paths: ['id'], to: 9.5 },
  ]);
  assert.deepEqual(needs('m in (1, "x")'), [{ paths: ['m'], values: [1n, 'x'] }]);
  assert.deepEqual(needs('id between (1 .. 5)'), [{ paths: ['id'], from: 1n, to: 5n }]);
  assert.deepEqual(needs('never == 1'), [{ paths: [], values: [1n] }]);
  assert.deepEqual(needs('host > "😀"'), [{ paths: ['host'] }]);
  for (const query of [
    'id != 7',
    'id == 7 or host has "a"',
    'not(id == 7)',
    'host has ""',
    'host has_any ("", "a")',
    '* has "a"',
    '@timestamp > ago(1d)',
    'isnull(id)',
    'host.inner == 1',
  ]) {
    assert.deepEqual(needs(query), [], query);
  }
});
