import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeOption } from './since.ts';

const AT = Date.parse('2026-03-10T12:00:00Z');
const told = (text: string): string => new Date(timeOption('--since', text, AT)).toISOString();

test('spans go back from now, times are as they are written, in UTC where they name no zone', () => {
  assert.equal(told('15m'), '2026-03-10T11:45:00.000Z');
  assert.equal(told('90d'), '2025-12-10T12:00:00.000Z');
  assert.equal(told('2w'), '2026-02-24T12:00:00.000Z');
  assert.equal(told('2026-01-31'), '2026-01-31T00:00:00.000Z');
  assert.equal(told('2026-01-31T06:30'), '2026-01-31T06:30:00.000Z');
  assert.equal(told('2026-01-31 06:30:15+02:00'), '2026-01-31T04:30:15.000Z');
});

test('what is no time is refused by name', () => {
  for (const text of ['', '5', 'd', '-3d', '3 d', 'yesterday', '2026-13-01', '2026-01-31T25:00'])
    assert.throws(() => timeOption('--since', text, AT), { message: /^--since: '.*' is no time$/ });
});
