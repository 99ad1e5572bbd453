import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '../../parse.ts';
import { Bag, type Values } from '../../value.ts';
import { compile, withMembers } from './compile.ts';
import { Context } from './environment.ts';
import { answer, environmentOf } from './kit.twin.ts';
import type { Row } from './row.ts';

const context = new Context(environmentOf({}));

function read(text: string) {
  const { tree } = parse(text);
  assert.ok(tree !== null);
  return tree;
}

test('a path is the column of its name, or a member of the longest column that begins it', () => {
  const shape = { columns: ['a', 'a.b', 'a.b.c'], sparse: false };
  const kindOf = (text: string) => withMembers(read(text), shape).kind;
  assert.deepEqual(['a.b.c', 'a.b.d', 'a.d', 'x.y'].map(kindOf), ['field', 'member', 'member', 'field']);
  const row: Row = new Map<string, Values>([
    ['a', [new Bag(new Map([['d', 1n]]))]],
    ['a.b', [new Bag(new Map([['d', 2n]]))]],
    ['a.b.c', [3n]],
  ]);
  const worth = (text: string) => compile(read(text), shape, context)(row);
  assert.deepEqual(['a.b.c', 'a.b.d', 'a.d', 'x.y'].map(worth), [[3n], [2n], [1n], []]);
});

test('a table may know more names than it shows', async () => {
  const row: Row = {
    get: (column) => (column === 'EventID' || column === 'event.code' ? [4625n] : undefined),
    keys: () => ['EventID'],
  };
  const open = async () => ({
    table: 'events',
    columns: ['EventID'],
    sparse: true,
    applied: 0,
    batches: (async function* () {
      yield [row];
    })(),
  });
  assert.deepEqual(await answer('events | where event.code == 4625', {}, { open }), ['{"EventID":4625}']);
  assert.deepEqual(await answer('events | extend n = event.code + 1', {}, { open }), ['{"EventID":4625,"n":4626}']);
  assert.deepEqual(await answer('events | where * has "4625" | summarize count() by event.code', {}, { open }), [
    '{"event.code":4625,"count_":1}',
  ]);
});
