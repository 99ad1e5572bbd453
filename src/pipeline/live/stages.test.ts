/** Stages off and on: detector, exclusions and replay agree on what was left out. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { openDetectionsReader } from '../../store/index.ts';
import { event, FIRST, hitsIn, newFolder, openNode, rule, rulesIn, send } from './kit.twin.ts';
import { verifyFolder } from './verify.ts';

const BURST_ID = '00000000-0000-4000-8000-000000000009';
const BURST = `title: Burst
id: ${BURST_ID}
correlation:
  type: event_count
  rules: ['${FIRST}']
  group-by: [Host]
  timespan: 1m
  condition: {gte: 3}
  generate: true
level: critical
`;

const verified = (folder: string) => verifyFolder({ folder: path.join(folder, 'data'), detection: true }).findings;
const bad = (second: number): string =>
  `${event({ User: 'mallory', Host: 'a', '@timestamp': `2026-01-02T03:04:${String(second).padStart(2, '0')}.000Z` })}\n`;

function exceptionsIn(folder: string, tenant: string) {
  const reader = openDetectionsReader(path.join(folder, 'data', 'detect.db'));
  try {
    const log = `${reader.hits.list({ tenant: 'other', limit: 1 }).items[0]?.eventId?.split('/')[0]}/0`;
    return reader.ledger.exceptions(tenant, log).map(({ rule, reason, from, to, events }) => ({
      rule,
      reason,
      from,
      to,
      events,
    }));
  } finally {
    reader.close();
  }
}

test('a tenant’s events are not evaluated from the switch to the next one, across a crash; others are, and the ledger says so', async () => {
  const folder = newFolder();
  const rules = rulesIn(folder, rule(FIRST, 'User', 'mallory'));
  const first = await openNode(folder);
  await first.loadRules({ paths: [rules], cache: null });
  await send(first, bad(1));
  await first.switchStage('default', 'detect', false, 'key:admin');
  const from = await send(first, bad(2));
  await send(first, bad(2), { tenant: 'other' });
  await first.abandon();
  const second = await openNode(folder);
  assert.deepEqual(
    second.stages.all.map(({ tenant, stage, on, by }) => [tenant, stage, on, by]),
    [['default', 'detect', false, 'key:admin']],
  );
  await second.loadRules({ paths: [rules], cache: null });
  const to = await send(second, bad(3) + bad(4));
  await second.switchStage('default', 'detect', true, 'key:admin');
  await send(second, bad(5));
  await second.evaluated(second.progress.durable - 1);
  await second.close();
  const found = hitsIn(folder).map(({ body }) => /"time":"[^"]*:(\d\d)\./.exec(Buffer.from(body).toString())?.[1]);
  assert.deepEqual(found, ['01', '05']);
  assert.equal(hitsIn(folder, 'other').length, 1);
  // One range, or two where the first process had stored its own before it ended.
  const ranges = exceptionsIn(folder, 'default');
  assert.deepEqual(new Set(ranges.map(({ rule, reason }) => `${rule} ${reason}`)), new Set(['* stage_off']));
  assert.deepEqual([ranges[0].from, ranges.at(-1)?.to], [from.position, to.position]);
  assert.equal(
    ranges.reduce((sum, { events }) => sum + events, 0),
    3,
  );
  assert.deepEqual(exceptionsIn(folder, 'other'), []);
  assert.deepEqual(verified(folder), []);
});

test('with correlations off base rules hit and nothing is related; with notifiers off hits are stored and not told', async () => {
  const folder = newFolder();
  const node = await openNode(folder, { latenessMs: 0 });
  await node.loadRules({ paths: [rulesIn(folder, rule(FIRST, 'User', 'mallory'), BURST)], cache: null });
  await send(node, bad(1), { tenant: 'other' });
  await node.switchStage('default', 'correlate', false, 'me');
  const unrelated = await send(node, bad(1) + bad(2) + bad(3));
  await node.switchStage('default', 'correlate', true, 'me');
  await node.switchStage('default', 'notify', false, 'me');
  const quiet = await send(node, bad(31) + bad(32) + bad(33));
  await send(node, event({ '@timestamp': '2026-01-02T03:09:00.000Z' }));
  await node.evaluated(node.progress.durable - 1);
  await node.close();
  const found = hitsIn(folder).map(({ rule, live }) => [rule.id === BURST_ID ? 'burst' : 'base', live]);
  assert.deepEqual(
    found.sort((a, b) => String(a).localeCompare(String(b))),
    [
      ...Array.from({ length: 3 }, () => ['base', false]),
      ...Array.from({ length: 3 }, () => ['base', true]),
      ['burst', false],
    ],
  );
  const exceptions = exceptionsIn(folder, 'default').map(({ rule, from, events }) => [rule, from, events]);
  assert.deepEqual(exceptions, [
    [BURST_ID, unrelated.position, 3],
    ['stage:notify', quiet.position, 4],
  ]);
  assert.deepEqual(verified(folder), []);
});
