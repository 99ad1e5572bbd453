import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BooksRow, booksTable } from './books.ts';

const row = (part: Partial<BooksRow>): BooksRow => ({
  tenant: 'default',
  source: 'http',
  minute: '2026-01-02T03:04:00.000Z',
  received: 0,
  stored: 0,
  filtered: 0,
  dead_lettered: 0,
  expired: 0,
  balanced: true,
  ...part,
});

test('the books are columns with their sums, and a minute that does not add up says so', () => {
  const rows = [
    row({ received: 10, stored: 9, dead_lettered: 1 }),
    row({ source: 'a-longer-source', received: 1234, stored: 1230, filtered: 3, balanced: false }),
  ];
  assert.equal(
    booksTable(rows),
    `minute            tenant   source           received  stored  filtered  dead  expired
2026-01-02T03:04  default  http                   10       9         0     1        0
2026-01-02T03:04  default  a-longer-source      1234    1230         3     0        0  DOES NOT ADD UP
all                                             1244    1239         3     1        0
`,
  );
});

test('empty books are sums of nothing', () => {
  assert.equal(booksTable([]).split('\n')[1].replaceAll(/ +/g, ' '), 'all 0 0 0 0 0');
});
