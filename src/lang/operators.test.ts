import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { arithmetic, booleanOf, compare, equal, TEXT_TESTS } from './operators.ts';
import { DateTime, TimeSpan } from './value.ts';

suite('values', () => {
  test('are equal across kinds where one is read as the other', () => {
    assert.equal(equal(2n ** 53n + 1n, 2 ** 53), false);
    assert.equal(equal(1n, 1), true);
    assert.equal(equal('1e3', 1000n), true);
    assert.equal(equal('2026-01-01', new DateTime(17_672_256_000_000_000n)), true);
    assert.equal(equal(new DateTime(1n), new TimeSpan(1n)), false);
    assert.equal(equal('TRUE', true), true);
    assert.equal(equal(true, 1n), false);
    assert.equal(equal(Number.NaN, Number.NaN), false);
    assert.equal(equal(null, null), null);
    assert.equal(equal('x', null), false);
  });

  test('are ordered where they have something in common', () => {
    assert.equal(compare('10', '9'), -1);
    assert.equal(compare('10', 9n), 1);
    assert.equal(compare(false, true), -1);
    assert.equal(compare(new TimeSpan(1n), new TimeSpan(1n)), 0);
    assert.equal(compare('x', 9n), null);
    assert.equal(compare(Number.NaN, 1), null);
    assert.equal(compare(null, 1n), null);
  });

  test('are calculated with where that has a meaning', () => {
    assert.equal(arithmetic('%', 7.5, 2n), 1.5);
    assert.equal(arithmetic('-', 'x', 1n), null);
    assert.equal(arithmetic('+', new DateTime(1n), new DateTime(1n)), null);
    assert.equal(arithmetic('*', new TimeSpan(2n ** 62n), 2n), null);
    assert.deepEqual(arithmetic('/', new TimeSpan(10n), 4), new TimeSpan(2n));
    assert.equal(arithmetic('-', new TimeSpan(10n), 4n), null);
    assert.equal(arithmetic('*', new TimeSpan(10n), Number.POSITIVE_INFINITY), null);
    assert.equal(booleanOf('falsehood'), null);
  });
});

suite('terms', () => {
  test('end at everything but letters and digits, of any script', () => {
    const { has, hasprefix, hassuffix } = TEXT_TESTS;
    assert.equal(has('run_me.ps1', 'me'), true);
    assert.equal(has('running', 'run'), false);
    assert.equal(has('größe', 'gr'), false);
    assert.equal(has('a😀b', 'b'), true);
    assert.equal(has('𝒜b', 'b'), false);
    assert.equal(has('b𝒜', 'b'), false);
    assert.equal(has('xrun run', 'run'), true);
    assert.equal(hasprefix('running', 'run'), true);
    assert.equal(hasprefix('rerun', 'run'), false);
    assert.equal(hassuffix('rerun', 'run'), true);
    assert.equal(hassuffix('running', 'run'), false);
    assert.equal(has('a-b', '-'), true);
  });

  test('are found in time that grows with the text', () => {
    assert.equal(TEXT_TESTS.has('a'.repeat(100_000), 'a'), false);
  });
});
