import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecimalSum, parseDecimal, toDouble } from './decimal.ts';

test('decimal numbers are read exactly, and nothing else is', () => {
  assert.deepEqual(parseDecimal('-12.50'), { digits: -1250n, scale: 2 });
  assert.deepEqual(parseDecimal('+2e3'), { digits: 2000n, scale: 0 });
  assert.deepEqual(parseDecimal('1.5E-2'), { digits: 15n, scale: 3 });
  for (const text of ['', ' 1', '0x10', 'NaN', 'Infinity', '1.', '.5', '1e401', '1e-9999', '9'.repeat(401)]) {
    assert.equal(parseDecimal(text), null, text);
  }
});

test('a sum is exact whatever was added and taken away before', () => {
  const number = fc
    .tuple(fc.integer(), fc.integer({ min: 0, max: 6 }))
    .map(([digits, places]) => `${digits}e-${places}`);
  fc.assert(
    fc.property(fc.array(number), fc.array(number), (kept, gone) => {
      const sum = new DecimalSum();
      for (const text of [...gone, ...kept]) sum.add(parseDecimal(text) ?? assert.fail());
      for (const text of gone) sum.subtract(parseDecimal(text) ?? assert.fail());
      const millionths = kept.reduce((total, text) => {
        const [digits, places] = text.split('e-');
        return total + BigInt(digits) * 10n ** BigInt(6 - Number(places));
      }, 0n);
      assert.equal(sum.toDouble(), Number(`${millionths}e-6`));
    }),
  );
});

test('the double is the nearest one', () => {
  assert.equal(toDouble({ digits: 1n, scale: 1 }), 0.1);
  assert.equal(toDouble({ digits: 9007199254740993n, scale: 0 }), 9007199254740992);
});
