import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleHit } from '../samples.twin.ts';
import { addHit, HOSTS_MAX, hostsByLevel, newTally, rulesOfLevel } from './tally.ts';

test('hits are counted by level, rule, host and span of time', () => {
  const tally = newTally();
  addHit(tally, sampleHit({ time: '2026-03-02T10:00:00.5Z' }));
  addHit(tally, sampleHit({ time: '2026-03-02T10:00:00Z', host: 'b' }));
  addHit(tally, sampleHit({ time: null, host: '', rule: { id: 'x', level: 'low', title: 'X' } }));
  assert.equal(tally.hits, 3);
  assert.deepEqual(tally.byLevel, [0, 1, 0, 2, 0]);
  assert.deepEqual([tally.first, tally.last], ['2026-03-02T10:00:00Z', '2026-03-02T10:00:00.5Z']);
  assert.deepEqual(
    rulesOfLevel(tally, 'high').map(({ hits, hosts, first }) => [hits, [...hosts], first]),
    [[2, ['ws-12.corp.example', 'b'], '2026-03-02T10:00:00Z']],
  );
  assert.equal(tally.withoutHost, 1);
});

test('hosts with more hits of a higher level come first', () => {
  const tally = newTally();
  for (let i = 0; i < 5; i++) addHit(tally, sampleHit({ host: 'busy', rule: { id: 'l', level: 'low' } }));
  addHit(tally, sampleHit({ host: 'worst', rule: { id: 'c', level: 'critical' } }));
  addHit(tally, sampleHit({ host: 'bad' }));
  assert.deepEqual(
    hostsByLevel(tally).map(({ host }) => host),
    ['worst', 'bad', 'busy'],
  );
});

test('memory is bounded in hosts, and the count stays exact', () => {
  const tally = newTally();
  const hit = sampleHit();
  for (let at = 0; at < HOSTS_MAX + 5; at++) addHit(tally, { ...hit, host: `h${at}` });
  assert.equal(tally.hosts.size, HOSTS_MAX);
  assert.equal(tally.onFurtherHosts, 5);
  assert.equal(tally.hits, HOSTS_MAX + 5);
  assert.equal(rulesOfLevel(tally, 'high')[0].moreHosts, true);
});

test('a level that is none counts as medium', () => {
  const tally = newTally();
  addHit(tally, sampleHit({ rule: { level: 'severe' as 'high' } }));
  assert.deepEqual(tally.byLevel, [0, 0, 1, 0, 0]);
});
