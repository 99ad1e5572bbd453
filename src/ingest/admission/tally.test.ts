import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tally } from './index.ts';

const at = (tenant: string, source: string, receivedMs: number) => ({ tenant, source, receivedMs });

test('what came is counted by tenant, source and minute of receipt, what was left out by policy too', () => {
  const tally = new Tally();
  tally.received(at('a', 's', 60_000), 10, 1000);
  tally.received(at('a', 's', 119_999), 5, 500);
  tally.received(at('a', 's', 120_000), 1, 100);
  tally.filtered(at('b', 's', 60_000), 'flows', 7, 70);
  tally.refused(at('b', 's', 60_000), 'admission.rate');
  tally.refused(at('b', 's', 60_000), 'admission.rate');
  const none = Object.create(null) as Record<string, number>;
  assert.deepEqual(tally.take(), [
    { tenant: 'a', source: 's', minute: 1, received: 15, bytes: 1500, filtered: none, refused: none },
    { tenant: 'a', source: 's', minute: 2, received: 1, bytes: 100, filtered: none, refused: none },
    {
      tenant: 'b',
      source: 's',
      minute: 1,
      received: 7,
      bytes: 70,
      filtered: Object.assign(Object.create(null), { flows: 7 }),
      refused: Object.assign(Object.create(null), { 'admission.rate': 2 }),
    },
  ]);
  assert.deepEqual(tally.take(), []);
});

test('names that are attacks change no count, and too many sources fold into other, exactly', () => {
  const tally = new Tally(10);
  for (let i = 0; i < 1000; i++) tally.received(at('a', i === 3 ? '__proto__' : `s${i}`, 0), 2, 20);
  tally.filtered(at('a', 's0', 0), '__proto__', 1, 1);
  const rows = tally.take();
  assert.equal(rows.length, 11);
  assert.equal(rows.find(({ source }) => source === 'other')?.received, 990 * 2);
  assert.equal(
    rows.reduce((sum, row) => sum + row.received, 0),
    2001,
  );
  assert.deepEqual(Object.entries(rows[0].filtered), [['__proto__', 1]]);
  assert.equal(tally.folded, 990);
});
