/** `weir books --rules` and `weir rules status` of a server that runs and of its folder (serverPages.ts). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ledgerText } from './books.ts';

test('of each rule is told up to where it has seen every event, and what it has not', () => {
  const gap = { from: 3, to: 9, events: 7, reason: 'field_never_present' };
  const row = { rule: 'a', title: 'A', evaluated: 12, seen_until: '2026-01-02T03:04:05.006Z', not_evaluated: [] };
  assert.equal(
    ledgerText([
      row,
      { ...row, title: null, not_evaluated: [gap, { ...gap, events: 1, reason: 'stage_off' }] },
      { ...row, title: 'C\u001b', evaluated: 0, seen_until: null },
    ]),
    `A has seen every event up to 2026-01-02T03:04:05.006Z, 12 in all
a has seen every event up to 2026-01-02T03:04:05.006Z, 12 in all
  but for 7 events from position 3 to 8: field never present
  but for 1 event from position 3 to 8: stage off
C\\x1b has seen no event
`,
  );
});
