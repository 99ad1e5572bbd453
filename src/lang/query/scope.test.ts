import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FieldCatalogue } from '../check.ts';
import { Scope } from './scope.ts';

const base: FieldCatalogue = {
  typeOf: (path) => ({ a: 'long' as const, 'user.name': 'string' as const })[path] ?? null,
  names: ['a', 'user.name'],
};

test('a scope knows its own columns, those of the table, and what may be below a column', () => {
  const scope = new Scope(new Map([['d', 'dynamic']]), base).with([['n', 'long']]);
  assert.deepEqual([...scope.names], ['d', 'n', 'a', 'user.name']);
  assert.equal(scope.typeOf('n'), 'long');
  assert.equal(scope.typeOf('a'), 'long');
  assert.equal(scope.typeOf('d.x.y'), 'dynamic');
  assert.equal(scope.typeOf('n.x'), null);
  assert.equal(scope.typeOf('z'), null);
  assert.equal(new Scope(new Map(), null, true).typeOf('z'), 'dynamic');
});

test('a scope without columns has them no more, until they are made anew', () => {
  const scope = new Scope(new Map([['n', 'long']]), base).without((name) => name !== 'a');
  assert.deepEqual([...scope.names], ['a']);
  assert.equal(scope.typeOf('user.name'), null);
  assert.equal(scope.with([['user.name', 'long']]).typeOf('user.name'), 'long');
});

test('a scope with another has the columns of both, its own first', () => {
  const both = new Scope(new Map([['x', 'long']])).and(
    new Scope(
      new Map([
        ['x', 'string'],
        ['y', 'string'],
      ]),
      base,
    ),
  );
  assert.deepEqual([...both.names], ['x', 'y', 'a', 'user.name']);
  assert.equal(both.typeOf('x'), 'long');
});
