import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeControl } from './control.ts';
import { leaveOut } from './shed.ts';
import type { Delivery } from './types.ts';

const delivery = (format: Delivery['format']): Delivery => ({
  unit: 7,
  tenant: 'default',
  source: 'flows',
  door: 'http',
  credential: 'key:a',
  request: 'r',
  receivedAt: 1,
  format,
  encoding: 'identity',
  body: new Uint8Array(0),
  key: null,
  evaluate: true,
  policy: null,
});

const left = (text: string, format: Delivery['format'] = 'ndjson') =>
  leaveOut(delivery(format), 'flows_out', Buffer.from(text), null);

test('what is left out is counted, and the count is an entry with the receipt', () => {
  const { draft, accepted, dead, filtered } = left('\ufeff{"a":1}\r\n\n  \t\r\nno event\n{"b":2}');
  assert.deepEqual([accepted, dead, filtered], [0, 0, 3]);
  assert.deepEqual(decodeControl(draft.entries[0].payload), { kind: 'filtered', policy: 'flows_out', events: 3 });
  assert.equal(draft.entries.length, 1);
  const { received, filtered: by, dead: letters } = draft.receipt ?? {};
  assert.deepEqual([received, by, letters], [3, { flows_out: 3 }, 0]);
});

test('arrays and envelopes count as they do where they are taken; a broken body is refused', () => {
  assert.equal(left('[{"a":1},{"b":[{}]},{"c":{}}]', 'json').filtered, 3);
  assert.equal(
    left('{"Records":[{"eventVersion":"1"},{"eventVersion":"1"}]}', 'json').draft.receipt?.received,
    left('{"Records":[{"eventVersion":"1"},{"eventVersion":"1"}]}', 'json').filtered,
  );
  assert.throws(() => left('[{"a":1},', 'json'), { code: 'body.damaged' });
});

test('of nothing nothing is kept', () => {
  assert.deepEqual(left('\n\r\n').draft.entries, []);
});
