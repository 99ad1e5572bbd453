import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuleError } from './parse.ts';
import { Params } from './pipeline-params.ts';

const params = () =>
  new Params({ t: 'x', b: true, n: 5, list: ['a', 'b'], map: { k: 'v', l: ['w'] }, nil: null }, ['p']);

test('each kind of value is read, or its default', () => {
  const p = params();
  assert.deepEqual(
    [p.text('t'), p.text('none', null), p.flag('b', false), p.flag('none', true)],
    ['x', null, true, true],
  );
  assert.deepEqual(
    [p.oneOf('t', ['x', 'y']), p.oneOf('none', ['x', 'y'], 'y'), p.scalar('n'), p.scalar('nil')],
    ['x', 'y', 5, null],
  );
  assert.deepEqual([p.texts('list'), p.texts('t'), p.texts('none', ['d'])], [['a', 'b'], ['x'], ['d']]);
  assert.deepEqual(
    [[...p.mapping('map')], [...p.mapping('none', new Map())]],
    [
      [
        ['k', ['v']],
        ['l', ['w']],
      ],
      [],
    ],
  );
  assert.deepEqual(p.entries().length, 6);
});

test('what is of another kind, missing or never read is an error with its place', () => {
  const cases: [(p: Params) => void, string][] = [
    [(p) => p.text('n'), 'p.n: n is no text'],
    [(p) => p.text('none'), 'p.t: none is missing'],
    [(p) => p.flag('t', false), 'p.t: t is neither true nor false'],
    [(p) => p.oneOf('n', ['x']), 'p.n: n is none of x'],
    [(p) => p.scalar('list'), 'p.list: list is no text, number or boolean'],
    [(p) => p.texts('map'), 'p.map: map is no list of texts'],
    [(p) => p.mapping('t'), 'p.t: t is no map'],
    [(p) => p.done('thing'), 'p.t: thing: unknown key "t"'],
    [() => new Params('x', ['q']), 'q: this is no map'],
  ];
  for (const [read, expected] of cases) {
    assert.throws(
      () => read(params()),
      (error) => error instanceof RuleError && `${error.at.join('.')}: ${error.message}` === expected,
      expected,
    );
  }
});
