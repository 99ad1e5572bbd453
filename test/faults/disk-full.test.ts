/** A disk that is full, and then is not: senders are told to come back, nothing is acknowledged that is not kept, and weir goes on. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Campaign } from './campaign.ts';
import { counts, skipFaults } from './counts.ts';
import { cannotMount, SmallDisk } from './disks.ts';
import { report } from './report.ts';
import { pause, until } from './server.ts';

const options = { skip: skipFaults || cannotMount('tmpfs'), timeout: 600_000 };
const MEGABYTES = 256;
const LEFT_BYTES = 1_500_000;
const FULL_MS = 700;
const RESUME_MS = 60_000;

test('on a full disk senders get 503 and a time, and all goes on once there is room', options, async (t) => {
  using disk = new SmallDisk(mkdtempSync('/tmp/weir-full-'), MEGABYTES);
  const campaign = new Campaign(t, { data: path.join(disk.folder, 'data') });
  const { senders, oracle } = campaign;
  await campaign.start();
  const refused = (): number => senders.statuses.get(503) ?? 0;
  for (let round = 0; round < counts.diskFull; round++) {
    // Now and then not even a page is left.
    disk.fill(round % 3 === 2 ? 0 : LEFT_BYTES + oracle.random.integer(LEFT_BYTES));
    const before = refused();
    senders.resume();
    await until('a refusal', () => refused() > before || campaign.server.exit !== null);
    await pause(FULL_MS);
    assert.equal(campaign.server.exit, null, campaign.server.said);
    disk.empty();
    const acknowledged = senders.acknowledged;
    await until('acknowledgements again', () => senders.acknowledged > acknowledged + 100, RESUME_MS);
    await campaign.demand(`full disk ${round + 1}`);
  }
  assert.equal(senders.untold, 0, 'refusals without Retry-After');
  await campaign.finish();
  report(t, { rounds: counts.diskFull, refusals: refused(), events: campaign.judge.events });
});
