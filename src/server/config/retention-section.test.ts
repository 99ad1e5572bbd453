import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retention } from './retention-section.ts';

test('a policy has what it is given, and says whom it is for by what it leaves out', () => {
  const { check_every, policies } = retention.parse({
    policies: { cards: { reason: 'pci_dss', delete_after: '400d' } },
  });
  assert.equal(check_every, 3_600_000);
  const { reason, by, keep, delete_after, classes } = policies['cards'];
  assert.deepEqual([reason, by, keep, delete_after, classes], ['pci_dss', 'receive', undefined, 34_560_000_000, []]);
});

test('reasons are those that the documentation has, and sources are patterns', () => {
  const parsed = (policy: object): boolean => retention.safeParse({ policies: { one: policy } }).success;
  assert.deepEqual(
    [{ reason: 'gdpr' }, { reason: 'because' }, { sources: ['web*'] }, { sources: ['we b'] }].map(parsed),
    [true, false, true, false],
  );
});
