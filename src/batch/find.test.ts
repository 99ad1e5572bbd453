import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FOUND_BYTES_MAX, kernelWithoutRules, placesOf } from './index.ts';

const kernel = kernelWithoutRules(1 << 16);

/** The plain way. */
function places(bytes: Uint8Array, text: string): number[] {
  const all = Buffer.from(bytes)
    .toString('latin1')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const found: number[] = [];
  for (let at = all.indexOf(text); at >= 0; at = all.indexOf(text, at + 1)) found.push(at);
  return found;
}

test('a text is found wherever it stands, whatever its case, and nothing that only looks alike', () => {
  const found = (bytes: string, text: string): number[] => [...placesOf(kernel, Buffer.from(bytes, 'latin1'), text)];
  assert.deepEqual(found('Whoami /all; WHOAMI', 'whoami'), [0, 13]);
  assert.deepEqual(found('aaaa', 'aa'), [0, 1, 2]);
  assert.deepEqual(found('', 'a'), []);
  assert.deepEqual(found('ab', 'abc'), []);
  // These differ by the bit of the case alone.
  assert.deepEqual(found('@{\u0010[\u000d', '`'), []);
  assert.deepEqual(found('x[y {Z', '{z'), [4]);
  assert.deepEqual(found('0\u0010', '0'), [0]);
  assert.deepEqual(found('\u00c1', 'a'), []);
});

test('the same is found as by looking at every place', () => {
  const signs = fc.constantFrom(...'abAB@`[{-0\u0010\u00e1\u00c1');
  const text = fc.constantFrom(...'abab`{-0');
  fc.assert(
    fc.property(
      fc.string({ unit: signs, maxLength: 200 }),
      fc.string({ unit: text, minLength: 1, maxLength: 20 }),
      (all, wanted) => {
        const bytes = Buffer.from(all, 'latin1');
        assert.deepEqual([...placesOf(kernel, bytes, wanted)], places(bytes, wanted));
      },
    ),
  );
});

test('a text that lies across two windows is found once, and a long one by its beginning', () => {
  const size = 1 << 18;
  const bytes = Buffer.alloc(size * 2 + 100, 'x');
  for (const at of [0, size - 3, size * 2 - 1, size * 2 + 94]) bytes.write('NeedLe', at, 'latin1');
  assert.deepEqual([...placesOf(kernel, bytes, 'needle')], places(bytes, 'needle'));
  assert.deepEqual([...placesOf(kernel, bytes, 'needle')], [0, size - 3, size * 2 - 1, size * 2 + 94]);
  const long = 'y'.repeat(FOUND_BYTES_MAX + 10);
  assert.deepEqual([...placesOf(kernel, Buffer.from(`z${long}`), long)].slice(0, 1), [1]);
});
