/**
 * A disk that fails: fsync of a segment, of HEAD or of a folder, or a commit of the hits, ends the process with status 1. What was
 * behind the failed fsync is gone, as it may be on a real disk; none of it was acknowledged.
 *
 * That every single disk call may fail, one run for each, is tried on the journal by itself: src/journal/faults.test.ts.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Campaign } from './campaign.ts';
import { counts, skipFaults } from './counts.ts';
import type { Plan } from './plan.ts';
import { report } from './report.ts';
import { pause } from './server.ts';

const SQLITE_IOERR_FSYNC = 1034;
const KINDS: readonly Plan[] = [
  { syncError: 'segment' },
  { syncError: 'head' },
  { syncError: 'segment' },
  { syncError: 'directory' },
  { commitError: SQLITE_IOERR_FSYNC },
];
const LOAD_MS = 200;
const END_MS = 30_000;

test('after a failed fsync nothing is acknowledged, and the process ends with status 1', {
  skip: skipFaults,
  timeout: 600_000,
}, async (t) => {
  const campaign = new Campaign(t);
  const { random } = campaign.oracle;
  const failed = path.join(campaign.folder, 'failed');
  for (let round = 0; round < counts.diskErrors; round++) {
    const kind = KINDS[round % KINDS.length];
    const nth = 1 + random.integer(kind?.syncError === 'directory' ? 1 : 20);
    fs.rmSync(failed, { force: true });
    await campaign.start({ ...kind, nth, failed, later: true });
    if (round > 0) await campaign.demand(`disk error ${round}`);
    campaign.senders.resume();
    await pause(LOAD_MS);
    campaign.arm();
    const ended = await Promise.race([campaign.server.exited, pause(END_MS)]);
    const what = `${JSON.stringify(kind)}, ${fs.existsSync(failed) ? 'made' : 'not made'}: ${campaign.server.said}`;
    assert.deepEqual(ended, { code: 1, signal: null }, what);
    assert.ok(fs.existsSync(failed), what);
  }
  await campaign.start();
  await campaign.finish();
  report(t, { rounds: counts.diskErrors, events: campaign.judge.events });
});
