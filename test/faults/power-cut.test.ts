/**
 * Power cuts: the process is frozen, the image of its file system copied as the disk has it, and weir started on the copy. Without
 * fsync the same must lose, or the test would prove nothing.
 */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { Campaign } from './campaign.ts';
import { counts, skipFaults } from './counts.ts';
import { cannotMount, ImageDisk } from './disks.ts';
import type { Plan } from './plan.ts';
import { report } from './report.ts';
import { pause } from './server.ts';

const options = { skip: skipFaults || cannotMount('loop'), timeout: 6 * 3_600_000 };
const IMAGE_MEGABYTES = 192;
const LOAD_MS = 300;
const LOAD_MS_MORE = 500;
/** So many cuts on one image before the next is empty again. */
const CUTS_PER_IMAGE = 20;

/** Cuts the power under load `rounds` times; `after` looks at what is left before the next start. */
async function cuts(t: TestContext, rounds: number, plan: Plan, after: (campaign: Campaign) => Promise<void>) {
  const folder = mkdtempSync('/tmp/weir-power-');
  using disk = new ImageDisk(path.join(folder, 'disk'), path.join(folder, 'image'), IMAGE_MEGABYTES);
  const campaign = new Campaign(t, { data: path.join(disk.folder, 'data') });
  await campaign.start(plan);
  await campaign.server.rulesInForce();
  for (let round = 0; round < rounds; round++) {
    campaign.senders.resume();
    await pause(LOAD_MS + campaign.oracle.random.integer(LOAD_MS_MORE));
    campaign.server.freeze();
    // Answers that are on their way were sent before.
    await pause(20);
    const copy = disk.copy();
    await campaign.server.kill();
    disk.become(copy);
    await after(campaign);
  }
  campaign.senders.pause();
  await campaign.server.kill();
  return campaign;
}

test('what was acknowledged survives a power cut, and is found once', options, async (t) => {
  let events = 0;
  for (let left = counts.powerCuts; left > 0; left -= CUTS_PER_IMAGE) {
    let round = 0;
    const campaign = await cuts(t, Math.min(left, CUTS_PER_IMAGE), {}, async (campaign) => {
      await campaign.start();
      await campaign.demand(`power cut ${++round}`);
    });
    events += campaign.judge.events;
  }
  report(t, { cuts: counts.powerCuts, events });
});

test('the control: without fsync a power cut loses what was acknowledged', options, async (t) => {
  let lost = 0;
  await cuts(t, 1, { sync: 'off' }, async (campaign) => {
    campaign.senders.pause();
    const { obligations } = campaign.oracle;
    assert.ok(obligations.size > 0);
    try {
      campaign.judge.judge({ complete: false });
      lost = obligations.size - campaign.judge.events;
    } catch (error) {
      // There may be no journal at all.
      t.diagnostic(String(error));
      lost = obligations.size;
    }
    // The senders cannot come to an end without a server.
    await campaign.senders.abandon();
  });
  assert.ok(lost > 0, 'nothing was lost');
  report(t, { lost });
});
