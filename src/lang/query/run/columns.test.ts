import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pathOf } from '../../tree.ts';
import { chosen, fits, keysOf, settle } from './columns.ts';

const given = (name: string) => ({ given: name, derived: null });
const derived = (name: string | null) => ({ given: null, derived: name });

test('names that were written stand, others that are taken get a number', () => {
  assert.deepEqual(settle([derived('a'), given('a1'), derived('a'), derived('a')]), ['a', 'a1', 'a2', 'a3']);
  assert.deepEqual(settle([derived('sum_x'), given('sum_x')]), ['sum_x1', 'sum_x']);
  assert.deepEqual(settle([derived(null), derived('x'), derived(null)], ['x']), ['Column1', 'x1', 'Column2']);
});

test('a name that is written twice is an error that says which', () => {
  assert.throws(() => settle([given('a'), given('a')]), {
    code: 'query.argument',
    message: 'there would be two columns a',
  });
  assert.throws(() => settle([given('k')], ['k']), { message: 'there would be two columns k' });
});

test('a star of a pattern stands for any characters, dots too', () => {
  const names = ['user.name', 'user.id', 'user', 'superuser.name', 'a'];
  const of = (pattern: string) => names.filter(fits(pattern));
  assert.deepEqual(of('user.*'), ['user.name', 'user.id']);
  assert.deepEqual(of('*.name'), ['user.name', 'superuser.name']);
  assert.deepEqual(of('*user*name'), ['user.name', 'superuser.name']);
  assert.deepEqual(of('*'), names);
  assert.deepEqual(of('a'), ['a']);
  assert.deepEqual(of('aa*'), []);
  assert.equal(fits('a*a')('a'), false);
});

test('patterns say what regular expressions say of them', () => {
  const piece = fc.stringMatching(/^[ab.*]{0,8}$/);
  fc.assert(
    fc.property(piece, fc.stringMatching(/^[ab.]{0,8}$/), (pattern, name) => {
      const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*');
      assert.equal(fits(pattern)(name), new RegExp(`^${source}$`).test(name));
    }),
  );
});

test('columns are chosen in the order of the list, each once', () => {
  const span = { start: 0, end: 0 };
  const list = [
    { kind: 'name', keys: ['b'], span },
    { kind: 'pattern', pattern: '*', span },
    { kind: 'name', keys: ['x', 'y.z'], span },
  ] as const;
  assert.deepEqual(chosen(list, ['a', 'b', 'c']), ['b', 'a', 'c', 'x.y\\.z']);
});

test('keys are read out of a name as they were written into it', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[ab.]{0,4}$/), { minLength: 1, maxLength: 4 }), (keys) => {
      assert.deepEqual(keysOf(pathOf(keys)), keys);
    }),
  );
});
