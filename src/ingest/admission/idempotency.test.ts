import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sha256 } from '../../base/index.ts';
import { type Answer, IdempotencyKeys, idempotencyHash } from './index.ts';

const DAY = 24 * 3_600_000;
const body = (text: string): Uint8Array => Buffer.from(sha256(text), 'hex');
const key = (name: string): Uint8Array => idempotencyHash('t', 'c', name);
const answer = (position: number): Answer => ({ accepted: position % 1000, deadLettered: position % 7, position });

function done(keys: IdempotencyKeys, name: string, position: number, now = 0): void {
  assert.equal(keys.begin(key(name), body(name), now).kind, 'first');
  keys.finish(key(name), answer(position), now);
}

test('the same key and body get the first answer again, another body is refused with 422', () => {
  const keys = new IdempotencyKeys();
  const exact = { accepted: 4_000_000_000, deadLettered: 3, position: 2 ** 52 + 1 };
  assert.equal(keys.begin(key('a'), body('a'), 0).kind, 'first');
  keys.finish(key('a'), exact, 0);
  assert.deepEqual(keys.begin(key('a'), body('a'), 1), { kind: 'again', answer: exact });
  const other = keys.begin(key('a'), body('b'), 1);
  assert.ok(other.kind === 'refuse' && other.refusal.status === 422);
});

test('the scope is tenant, credential and key, and they do not run together', () => {
  const hashes = [
    ['t', 'c', 'k'],
    ['tc', '', 'k'],
    ['t', 'ck', ''],
    ['', 'tc', 'k'],
    ['t', 'c1:k', ''],
  ].map(([t, c, k]) => Buffer.from(idempotencyHash(t, c, k)).toString('hex'));
  assert.equal(new Set(hashes).size, hashes.length);
});

test('who comes while the first is in work waits for its answer, and may begin where it came to nothing', async () => {
  const keys = new IdempotencyKeys({ waitersMax: 2 });
  keys.begin(key('a'), body('a'), 0);
  const waiting = [1, 2].map((ms) => keys.begin(key('a'), body('a'), ms));
  const third = keys.begin(key('a'), body('a'), 3);
  assert.ok(third.kind === 'refuse' && third.refusal.status === 503 && third.refusal.retryAfterSeconds === 1);
  const other = keys.begin(key('a'), body('b'), 3);
  assert.ok(other.kind === 'refuse' && other.refusal.status === 422);
  keys.finish(key('a'), answer(5), 4);
  for (const one of waiting) assert.deepEqual(one.kind === 'wait' && (await one.answer), answer(5));

  keys.begin(key('z'), body('z'), 0);
  const hopeful = keys.begin(key('z'), body('z'), 0);
  keys.abandon(key('z'));
  assert.equal(hopeful.kind === 'wait' && (await hopeful.answer), null);
  assert.equal(keys.begin(key('z'), body('other'), 0).kind, 'first');
});

test('a key is kept for a day from its answer, not a millisecond less', () => {
  const keys = new IdempotencyKeys();
  done(keys, 'a', 1, 1000);
  assert.equal(keys.begin(key('a'), body('a'), 1000 + DAY - 1).kind, 'again');
  assert.equal(keys.begin(key('a'), body('a'), 1000 + DAY).kind, 'first');
  assert.equal(keys.size, 0);
});

test('beyond the most keys the oldest goes, and that is counted', () => {
  const keys = new IdempotencyKeys({ keysMax: 3 });
  for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) done(keys, name, i);
  assert.equal(keys.size, 3);
  assert.equal(keys.forgottenEarly, 1);
  assert.equal(keys.begin(key('a'), body('a'), 0).kind, 'first');
  assert.equal(keys.begin(key('b'), body('b'), 0).kind, 'again');
});

test('receipts of the journal rebuild it; the first answer of a key stays', () => {
  const keys = new IdempotencyKeys();
  keys.restore(key('a'), body('a'), answer(1), 10);
  keys.restore(key('a'), body('x'), answer(2), 20);
  assert.deepEqual(keys.begin(key('a'), body('a'), 30), { kind: 'again', answer: answer(1) });
  assert.equal(keys.size, 1);
});

test('a full registry takes some 64 bytes a key, and all are found', () => {
  const count = 100_000;
  const keys = new IdempotencyKeys({ seed: 1, keysMax: count });
  const hash = new Uint8Array(16);
  const view = new DataView(hash.buffer);
  // As good as a hash here: the table multiplies all words by secret numbers.
  const nth = (i: number): Uint8Array => {
    view.setUint32(0, Math.imul(i, 2654435761), true);
    view.setUint32(8, i, true);
    return hash;
  };
  for (let i = 0; i < count; i++) keys.restore(nth(i), nth(i), answer(i), i);
  assert.equal(keys.size, count);
  assert.ok(keys.bytes / count <= 65, `${keys.bytes / count}`);
  for (let i = 0; i < count; i += 997)
    assert.deepEqual(keys.begin(nth(i), nth(i), count), { kind: 'again', answer: answer(i) });
});

test('it answers as a plain map does, whatever happens in whatever order', () => {
  const step = fc.record({
    name: fc.integer({ min: 0, max: 30 }),
    body: fc.integer({ min: 0, max: 1 }),
    ms: fc.integer({ min: 0, max: 40 }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 100, maxLength: 300 }), fc.integer(), (steps, seed) => {
      const keys = new IdempotencyKeys({ keysMax: 10, keepMs: 500, seed });
      let plain: { name: number; body: number; position: number; at: number }[] = [];
      let now = 0;
      for (const [position, { name, body: text, ms }] of steps.entries()) {
        now += ms;
        plain = plain.filter(({ at }) => at > now - 500);
        const known = plain.find((entry) => entry.name === name);
        const begun = keys.begin(key(`${name}`), body(`${text}`), now);
        if (known === undefined) {
          assert.equal(begun.kind, 'first');
          keys.finish(key(`${name}`), answer(position), now);
          plain.push({ name, body: text, position, at: now });
          if (plain.length > 10) plain.shift();
        } else if (known.body === text) assert.deepEqual(begun, { kind: 'again', answer: answer(known.position) });
        else assert.equal(begun.kind, 'refuse');
        assert.equal(keys.size, plain.length);
      }
    }),
    { numRuns: 100 },
  );
});
