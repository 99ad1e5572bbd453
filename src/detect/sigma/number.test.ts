import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalDecimal, compareDecimals, isCanonicalDecimal } from './number.ts';

test('one number has one spelling', () => {
  const spellings: [string, string][] = [
    ['4624', '4624'],
    ['4624.0', '4624'],
    ['1e3', '1000'],
    ['-0', '0'],
    ['-0.0e5', '0'],
    ['1.50', '1.5'],
    ['1e-5', '0.00001'],
    ['123e-2', '1.23'],
    ['-1.25E+2', '-125'],
    ['.5', '0.5'],
    ['+7', '7'],
    ['007', '7'],
    ['12345678901234567890.10', '12345678901234567890.1'],
  ];
  for (const [token, canonical] of spellings) assert.equal(canonicalDecimal(token), canonical, token);
});

test('what is no number, and exponents that would fill memory, are left as they are', () => {
  for (const token of [
    '',
    'e5',
    'abc',
    '1.2.3',
    '0x10',
    '1e401',
    '1E999999999',
    '1e-401',
    '1.0e99999999999999999999',
  ]) {
    assert.equal(canonicalDecimal(token), token);
  }
  assert.equal(canonicalDecimal('1e399').length, 400);
});

test('a long run of zeros takes no quadratic time', () => {
  const token = `1${'0'.repeat(1_000_000)}.${'0'.repeat(1_000_000)}1`;
  const start = process.cpuUsage().user;
  assert.equal(canonicalDecimal(token), token);
  assert.ok(process.cpuUsage().user - start < 2_000_000);
});

test('every double and every integer keeps its value', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
      const text = canonicalDecimal(String(x));
      assert.equal(Number(text), x === 0 ? 0 : x);
      assert.ok(isCanonicalDecimal(text), text);
    }),
  );
  fc.assert(fc.property(fc.bigInt(), (n) => assert.equal(canonicalDecimal(`${n}.000`), String(n))));
});

test('only the canonical spelling counts as a number', () => {
  for (const text of ['0', '-1', '10.5', '123456789012345678901234567890']) assert.ok(isCanonicalDecimal(text), text);
  for (const text of ['', '-0', '04624', '1.0', '1e3', '+1', ' 1', '1 ', '.5', '5.', '0x1', 'Infinity']) {
    assert.ok(!isCanonicalDecimal(text), text);
  }
});

test('numbers order exactly, beyond what doubles tell apart', () => {
  const ascending = [
    '-10',
    '-9.5',
    '-1',
    '-0.5',
    '0',
    '0.05',
    '0.5',
    '1',
    '1.5',
    '9.5',
    '10',
    '10.01',
    '9007199254740992',
    '9007199254740993',
    '9007199254740993.1',
  ];
  for (const [i, a] of ascending.entries()) {
    for (const [j, b] of ascending.entries()) {
      assert.equal(Math.sign(compareDecimals(a, b)), Math.sign(i - j), `${a} against ${b}`);
    }
  }
});

test('order agrees with big integers', () => {
  fc.assert(
    fc.property(fc.bigInt(), fc.bigInt(), (a, b) => {
      assert.equal(Math.sign(compareDecimals(String(a), String(b))), a < b ? -1 : a > b ? 1 : 0);
    }),
  );
});
