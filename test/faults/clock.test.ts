/** The wall clock jumps by hours, forth and back, under load: positions only grow, nothing is lost, windows still close. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { JournalReader } from '../../src/journal/index.ts';
import { Campaign } from './campaign.ts';
import { counts, skipFaults } from './counts.ts';
import { judgeFolder } from './judge.ts';
import { report } from './report.ts';
import { pause, until } from './server.ts';

const HOUR_MS = 3_600_000;
const JUMP_HOURS = 12;
const BETWEEN_MS = 150;

/** Receive times go as the clock goes, positions do not. */
function receiveTimesFall(data: string): number {
  let falls = 0;
  let before = Number.NEGATIVE_INFINITY;
  let position = -1;
  for (const entry of new JournalReader(path.join(data, 'journal')).headers(0)) {
    assert.equal(entry.position, ++position);
    if (entry.receivedAt < before - HOUR_MS / 2) falls++;
    before = entry.receivedAt;
  }
  return falls;
}

test('ids grow and nothing is lost or found twice while the clock jumps; afterwards windows close', {
  skip: skipFaults,
  timeout: 600_000,
}, async (t) => {
  const campaign = new Campaign(t);
  const { oracle, senders } = campaign;
  const clock = path.join(campaign.folder, 'clock');
  const jump = (ms: number): void => {
    fs.writeFileSync(`${clock}.new`, String(ms));
    fs.renameSync(`${clock}.new`, clock);
  };
  jump(0);
  await campaign.start({ clock });
  senders.resume();
  for (let i = 0; i < counts.clockJumps; i++) {
    jump((oracle.random.integer(2 * JUMP_HOURS * 60) - JUMP_HOURS * 60) * 60_000);
    await pause(BETWEEN_MS);
    const { acknowledged } = senders;
    await until('an acknowledgement at that time', () => senders.acknowledged > acknowledged);
    // A crash in a wrong time, now and then.
    if (i % 10 !== 9) continue;
    await campaign.server.kill();
    await campaign.start({ clock });
  }
  jump(0);
  await campaign.settle();
  assert.deepEqual(senders.faults, []);
  // Steps of one burst may have come hours apart by receipt, so that not each of them has one to find.
  assert.deepEqual(campaign.judge.judge({ complete: false }), []);
  const before = campaign.judge.bursts;
  const falls = receiveTimesFall(campaign.data);
  assert.ok(falls > 0, 'no jump was seen');
  senders.resume();
  while (campaign.judge.bursts < before + 10) {
    await pause(BETWEEN_MS);
    await campaign.settle();
    assert.deepEqual(campaign.judge.judge({ complete: false }), []);
    senders.resume();
  }
  await campaign.settle();
  const exit = await campaign.server.stop();
  assert.deepEqual(exit, { code: 0, signal: null }, campaign.server.said);
  assert.deepEqual(judgeFolder(campaign.data), []);
  report(t, { jumps: counts.clockJumps, jumps_back_seen: falls, events: campaign.judge.events });
});
