import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { limits, overrideLimits } from '../../base/index.ts';
import { event, FIRST, newFolder, openNode, rule, rulesIn, SECOND, send } from './kit.twin.ts';
import { nearInFolder } from './near.ts';

const ELSEWHERE = `title: Elsewhere
id: 00000000-0000-4000-8000-000000000009
logsource: {category: dns}
detection: {sel: {query: x}, condition: sel}
level: low
`;

test('rules of the event’s kind are asked as long as there is time, and the rest is counted', async () => {
  const folder = newFolder();
  const node = await openNode(folder);
  await node.loadRules({
    paths: [rulesIn(folder, rule(FIRST, 'User', 'mallory'), rule(SECOND, 'Kind', 'burst'), ELSEWHERE)],
    cache: null,
  });
  const { position } = await send(node, event({ User: 'mallory', Kind: 'other' }));
  await node.evaluated(position ?? 0);
  const id = `${node.log}/0/${position}/0`;
  await node.close();
  const data = path.join(folder, 'data');
  const near = nearInFolder(data, 'default', id, 10) ?? assert.fail('no event');
  const { lane, rules, asked, hit, items } = near;
  assert.deepEqual([lane, rules, asked, hit, items.length], ['windows/security', 2, 2, 1, 1]);
  const [{ rule: closest, distance, missing }] = items;
  assert.deepEqual(
    [closest, distance, missing.map(({ field, value }) => [field, value])],
    [SECOND, 1, [['Kind', 'other']]],
  );
  const most = limits.nearMs;
  overrideLimits({ nearMs: -1 });
  const cut = nearInFolder(data, 'default', id, 10);
  overrideLimits({ nearMs: most });
  assert.deepEqual([cut?.rules, cut?.asked, cut?.items], [2, 0, []]);
  for (const [tenant, other] of [
    ['other', id],
    ['default', `${id}9`],
    ['default', 'x/0/1/0'],
    ['default', `${node.log}/0/1`],
  ]) {
    assert.equal(nearInFolder(data, tenant, other, 10), null);
  }
  fs.rmSync(folder, { recursive: true });
});
