import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NONE } from './columns.ts';
import { Texts } from './texts.ts';

test('a text has one number while it is in use, and is gone with its last use', () => {
  const texts = new Texts();
  const alice = texts.intern('alice');
  assert.equal(texts.intern('alice'), alice);
  texts.release(alice);
  assert.equal(texts.find('alice'), alice);
  texts.release(alice);
  assert.deepEqual([texts.find('alice'), texts.count, texts.bytes], [NONE, 0, 0]);
});

test('any sequence of uses and releases keeps exactly the texts in use', () => {
  const text = fc.oneof(fc.constantFrom('', 'a', 'ä', '𝒳', 'aa'), fc.string({ unit: 'grapheme', maxLength: 40 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(text, fc.boolean()), { maxLength: 300 }), (steps) => {
      const texts = new Texts();
      const uses = new Map<string, { code: number; uses: number }>();
      for (const [value, release] of steps) {
        const known = uses.get(value);
        if (!release || known === undefined) {
          const code = texts.intern(value);
          if (known !== undefined) assert.equal(code, known.code);
          uses.set(value, { code, uses: (known?.uses ?? 0) + 1 });
        } else {
          texts.release(known.code);
          if (known.uses === 1) uses.delete(value);
          else known.uses--;
        }
      }
      assert.equal(texts.count, uses.size);
      for (const [value, { code }] of uses) assert.deepEqual([texts.find(value), texts.text(code)], [code, value]);
      let bytes = 0;
      for (const value of uses.keys()) bytes += Buffer.byteLength(value) + 32;
      assert.equal(texts.bytes, bytes);
    }),
    { numRuns: 300 },
  );
});

test('millions of bytes of texts that come and go do not pile up', () => {
  const texts = new Texts();
  const kept = Array.from({ length: 1000 }, (_, i) => texts.intern(`kept ${i} ${'x'.repeat(100)}`));
  for (let i = 0; i < 200_000; i++) texts.release(texts.intern(`passing ${i} ${'y'.repeat(200)}`));
  assert.ok(texts.arenaBytes < 3e6, `${texts.arenaBytes}`);
  assert.deepEqual([texts.text(kept[0]).slice(0, 7), texts.text(kept[999]).slice(0, 9)], ['kept 0 ', 'kept 999 ']);
  assert.equal(texts.count, 1000);
});
