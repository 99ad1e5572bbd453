import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { JournalReader } from '../../journal/index.ts';
import type { RetentionPolicy } from '../../store/index.ts';
import { complianceMarkdown, controlResults, type Evidence, gatherEvidence } from './compliance.ts';
import { History } from './history.ts';
import { folderWith, numbered } from './history.twin.ts';

const DAY = 86_400_000;
const AT = 1_790_000_000_000;
const POLICIES: readonly RetentionPolicy[] = [
  { name: 'old', reason: 'gdpr', by: 'receive', mostMs: 30 * DAY },
  { name: 'kept', reason: 'sox', by: 'receive', sources: ['books'] },
];

test('evidence is what the folder has: kept, expired, held, signed; controls follow from it alone', () => {
  const folder = folderWith('evidence', [
    { tenant: 'default', source: 'web', at: AT, events: numbered(0, 5) },
    { tenant: 'default', source: 'web', at: AT + 20 * DAY, events: numbered(5, 3) },
    { tenant: 'other', source: 'books', at: AT, events: numbered(0, 2) },
  ]);
  const history = new History(folder);
  history.flush(new JournalReader(path.join(folder, 'journal')).head().next, true);
  history.retention.run({ policies: POLICIES, worth: [] }, AT + 31 * DAY);
  history.retention.hold({ name: 'h', reason: 'r', by: 'b', at: AT });
  history.close();
  const evidence = gatherEvidence(folder, POLICIES, { verified: null, access: null });
  const iso = (ms: number): string => new Date(ms).toISOString();
  assert.deepEqual(
    evidence.kept.toSorted((a, b) => (a.source < b.source ? -1 : 1)),
    [
      { tenant: 'other', source: 'books', events: 2, oldest: iso(AT), newest: iso(AT) },
      { tenant: 'default', source: 'web', events: 3, oldest: iso(AT + 20 * DAY), newest: iso(AT + 20 * DAY) },
    ],
  );
  assert.deepEqual(evidence.expired, [{ policy: 'old', events: 5 }]);
  assert.deepEqual([evidence.holds.map(({ name }) => name), evidence.audit], [['h'], null]);
  assert.equal(evidence.ledger?.segments, 2);
  assert.deepEqual(evidence.retention, [
    { name: 'old', reason: 'gdpr', keepDays: 0, deleteAfterDays: 30 },
    { name: 'kept', reason: 'sox', keepDays: 2557, deleteAfterDays: null },
  ]);
  const states = (more: Partial<Evidence> = {}): Record<string, string> =>
    Object.fromEntries(controlResults({ ...evidence, ...more }).map(({ control, state }) => [control, state]));
  const found = states();
  assert.equal(found['17 CFR 210.2-06'], 'shown');
  assert.equal(found['45 CFR 164.316(b)(2)(i)'], 'missing');
  assert.equal(found['PCI DSS v4.0, requirement 10.3.4'], 'not_looked_at');
  assert.equal(found['PCI DSS v4.0, requirement 10.2.1'], 'missing');
  const verified = { at: iso(AT), findings: 1, events: 1, segments: 1, head: null, segmentHead: null };
  assert.equal(states({ verified })['45 CFR 164.312(c)(1)'], 'missing');
  assert.equal(states({ verified: { ...verified, findings: 0 } })['45 CFR 164.312(c)(1)'], 'shown');
  assert.match(complianceMarkdown(iso(AT), evidence), /\| old \| 5 \|/);
});
