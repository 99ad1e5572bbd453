import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, count, counted, duration, wallTime } from './numbers.ts';

test('numbers are grouped and counted', () => {
  assert.deepEqual([0, 999, 1000, 1234567.6].map(count), ['0', '999', '1,000', '1,234,568']);
  assert.equal(counted(1, 'hit'), '1 hit');
  assert.equal(counted(2000, 'match', 'matches'), '2,000 matches');
});

test('bytes have three digits', () => {
  const shown = [0, 999, 1000, 1_530_000, 99_960_000, 267e6, 999.6e6, 5e15, 5e18].map(bytes);
  assert.deepEqual(shown, ['0 B', '999 B', '1.00 KB', '1.53 MB', '100 MB', '267 MB', '1.00 GB', '5.00 PB', '5000 PB']);
});

test('durations grow coarser', () => {
  const shown = [0.04, 9.94, 9.96, 59.4, 59.6, 185, 3600, 7620].map(duration);
  assert.deepEqual(shown, ['0.0 s', '9.9 s', '10 s', '59 s', '1 min 00 s', '3 min 05 s', '1 h 00 min', '2 h 07 min']);
});

test('times lose fractions and the UTC mark, not another zone', () => {
  assert.equal(wallTime('2026-03-02T10:11:12.345Z'), '2026-03-02 10:11:12');
  assert.equal(wallTime('2026-03-02T10:11:12+02:00'), '2026-03-02 10:11:12+02:00');
  assert.equal(wallTime(null), '');
});
