/** Bounds as they are kept, and what they rule out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareText, mayMeet, packBounds, unpackBounds, unpackSome } from './bounds.ts';
import type { Bound, Bounds } from './types.ts';

const kept = (bounds: Bounds): Bounds | undefined => unpackBounds(packBounds([{ bounds }]), 1)[0].bounds;

test('bounds and nulls come back as they were: integers of 64 bits, decimals, short texts, and nothing', () => {
  const measures = [
    {},
    { nulls: 0 },
    { nulls: 3_000_000_000 },
    { bounds: { least: -(2n ** 63n), greatest: 2n ** 63n - 1n } },
    { nulls: 7, bounds: { least: -3n, greatest: -3n } },
    { bounds: { least: -1.5, greatest: Number.POSITIVE_INFINITY } },
    { nulls: 1, bounds: { least: '', greatest: 'C:\\Windows' } },
  ];
  assert.deepEqual(unpackBounds(packBounds(measures), measures.length), measures);
  assert.deepEqual(unpackBounds(packBounds([]), 0), []);
  const places = [1, 4, 6];
  assert.deepEqual(
    unpackSome(packBounds(measures), places),
    places.map((place) => measures[place]),
  );
});

test('long texts are cut at a character, the least below and the greatest above all that begin so', () => {
  const long = `${'x'.repeat(23)}äy`;
  assert.deepEqual(kept({ least: long, greatest: long }), { least: 'x'.repeat(23), greatest: `${'x'.repeat(22)}y` });
  const high = '\u{10ffff}'.repeat(7);
  assert.equal(kept({ least: 'a', greatest: high }), undefined);
  assert.deepEqual(kept({ least: 'a', greatest: `a\ud7ff${high}` })?.greatest, 'a\ue000');
});

test('bounds that are none are not kept', () => {
  assert.equal(kept({ least: Number.NaN, greatest: 1 }), undefined);
  assert.equal(kept({ least: 2n, greatest: 1n }), undefined);
  assert.equal(kept({ least: 1n, greatest: 'x' }), undefined);
});

test('damaged bounds are said to be damaged', () => {
  const good = packBounds([{ bounds: { least: 'a', greatest: 'b' } }]);
  for (const bad of [good.subarray(0, 3), Uint8Array.of(1, 2, 3), Uint8Array.of(0, 7), new Uint8Array(0)]) {
    assert.throws(() => unpackBounds(bad, 1), { code: 'store.damaged' });
  }
  assert.throws(() => unpackBounds(Uint8Array.of(0, 1, ...new Uint8Array(40).fill(255)), 1), { code: 'store.damaged' });
});

test('texts compare by code point, not by UTF-16 unit', () => {
  assert.ok('\u{1f600}' < '\uffee', 'JavaScript has it the other way');
  assert.ok(compareText('\u{1f600}', '\uffee') > 0);
});

test('a value is looked for as number and as decimal text, and nothing is ruled out that may hold it', () => {
  const numbers = { least: 10n, greatest: 20n };
  const texts = { least: '10', greatest: '20' };
  const values = (...wanted: Bound[]) => ({ paths: ['a'], values: wanted });
  const cases: [Bound, boolean, boolean][] = [
    [15n, true, true],
    ['15', true, true],
    [15, true, true],
    // A text may be a number in many ways: 9.0 is 9.
    [9n, false, true],
    ['9', false, false],
    ['1a', false, true],
    ['x', false, false],
    [15.5, true, true],
  ];
  for (const [value, inNumbers, inTexts] of cases) {
    assert.equal(mayMeet(values(value), 'integer', numbers), inNumbers, `${value} among numbers`);
    assert.equal(mayMeet(values(value), 'string', texts), inTexts, `${value} among texts`);
  }
  assert.equal(mayMeet(values('x', 12n), 'integer', numbers), true);
  assert.equal(mayMeet(values('x'), 'integer', undefined), false);
  assert.equal(mayMeet(values(1n), 'integer', undefined), true);
  assert.equal(mayMeet(values('x'), 'list', undefined), true);
  assert.equal(mayMeet(values('x'), 'raw', undefined), false);
  assert.equal(mayMeet(values(2n ** 60n), 'float', { least: 0, greatest: 2 ** 60 }), true);
});

test('a range rules out columns of its own kind only', () => {
  const range = { paths: ['a'], from: 30n, to: 40n };
  assert.equal(mayMeet(range, 'integer', { least: 10n, greatest: 29n }), false);
  assert.equal(mayMeet(range, 'integer', { least: 41n, greatest: 50n }), false);
  assert.equal(mayMeet(range, 'float', { least: 39.5, greatest: 50 }), true);
  assert.equal(mayMeet(range, 'string', { least: 'a', greatest: 'b' }), true);
  assert.equal(mayMeet({ paths: ['a'], from: 'c' }, 'string', { least: 'a', greatest: 'b' }), false);
  assert.equal(mayMeet({ paths: ['a'] }, 'raw', undefined), true);
});

test('whatever the values of a column, its bounds as kept rule out none of them, alone or in a range', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 }).map((value) => value.toWellFormed());
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), fc.nat(), (values, pick) => {
      const sorted = values.toSorted(compareText);
      const bounds = kept({ least: sorted[0], greatest: sorted[sorted.length - 1] });
      const value = values[pick % values.length];
      assert.ok(mayMeet({ paths: ['a'], values: [value] }, 'string', bounds));
      assert.ok(mayMeet({ paths: ['a'], from: value, to: value }, 'string', bounds));
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { minLength: 1 }), (values) => {
      const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      const bounds = kept({ least: sorted[0], greatest: sorted[sorted.length - 1] });
      for (const value of values) {
        assert.ok(mayMeet({ paths: ['a'], values: [value] }, 'integer', bounds));
        assert.ok(mayMeet({ paths: ['a'], values: [String(value)] }, 'integer', bounds));
      }
    }),
  );
});
