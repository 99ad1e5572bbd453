import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/index.ts';
import { SEVERITIES, type SheddingPolicy, type Subject, severityShare, shedBy } from './index.ts';

const FLOW: Subject = { tenant: 'acme', source: 'netflow', severity: 'info', class: 'network' };
const POLICIES: readonly SheddingPolicy[] = [
  {
    id: 'flows-half',
    sources: ['netflow'],
    severities: ['info', 'low'],
    fromPressure: 0.5,
    share: 0.5,
    action: 'drop',
  },
  { id: 'network-all', classes: ['network'], tenants: ['acme'], fromPressure: 0.9, share: 1, action: 'drop' },
];

test('without a written policy nothing is ever left out', () => {
  for (let hash = 0; hash < 1000; hash++) assert.equal(shedBy([], FLOW, 1, hash * 4_000_000), null);
});

test('a policy leaves out its share of what it names, from its pressure on, the same ones each time', () => {
  const random = seededRandom(3);
  const hashes = Array.from({ length: 10_000 }, () => random.uint32());
  const shed = (pressure: number, subject = FLOW) =>
    hashes.map((hash) => shedBy(POLICIES, subject, pressure, hash)?.id);
  assert.ok(shed(0.49).every((id) => id === undefined));
  const half = shed(0.5).filter((id) => id === 'flows-half').length;
  assert.ok(Math.abs(half - 5000) < 200, `${half}`);
  assert.deepEqual(shed(0.5), shed(0.6));
  const high = shed(0.95);
  assert.equal(high.filter((id) => id === 'flows-half').length, half);
  assert.equal(high.filter((id) => id === 'network-all').length, 10_000 - half);
  for (const other of [{ source: 'dns' }, { severity: 'high' }] as const) {
    assert.ok(shed(0.6, { ...FLOW, ...other }).every((id) => id === undefined));
  }
  assert.ok(shed(0.95, { ...FLOW, source: 'dns', tenant: 'other' }).every((id) => id === undefined));
  assert.ok(shed(0.95, { ...FLOW, source: 'dns', class: 'endpoint' }).every((id) => id === undefined));
});

test('the least urgent give way first and wholly before the next, critical last', () => {
  const shares = (share: number) => SEVERITIES.map((severity) => Number(severityShare(share, severity).toFixed(6)));
  assert.deepEqual(shares(1), [1, 1, 1, 1, 1]);
  assert.deepEqual(shares(0.9), [0.5, 1, 1, 1, 1]);
  assert.deepEqual(shares(0.5), [0, 0, 0.5, 1, 1]);
  assert.deepEqual(shares(0.05), [0, 0, 0, 0, 0.25]);
});
