/** kill -9 while weir recovers from a kill, and at each step of its first start. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Campaign } from './campaign.ts';
import { counts, skipFaults } from './counts.ts';
import { FIRST_POINTS, type Point, START_POINTS } from './plan.ts';
import { report } from './report.ts';
import { KILLED, pause } from './server.ts';

const options = { skip: skipFaults, timeout: 6 * 3_600_000 };
const LOAD_MS = 250;
const POINT_MS = 60_000;
const PASSED_MS = 3000;

/** The server is started, ends at the point, and is not started again for now. */
async function startToPoint(campaign: Campaign, point: Point): Promise<void> {
  const { exited } = campaign.begin({ kill: point });
  assert.deepEqual(await Promise.race([exited, pause(POINT_MS)]), KILLED, `${point} was not met`);
}

/** False where it comes up instead: threads make their files side by side, and the start before may have come past the point before it was killed. */
async function endsAt(campaign: Campaign, point: Point): Promise<boolean> {
  const server = campaign.begin({ kill: point });
  if ((await server.ready()) !== null && (await Promise.race([server.exited, pause(PASSED_MS)])) === undefined) {
    await server.kill();
    return false;
  }
  assert.deepEqual(await server.exited, KILLED, point);
  return true;
}

test('killed again and again while it recovers, weir recovers', options, async (t) => {
  const campaign = new Campaign(t);
  for (let round = 0; round < counts.pointRounds; round++) {
    // A group of which a part was written.
    await campaign.start({ kill: 'segment.write.half', part: 0.7, later: true });
    campaign.senders.resume();
    await pause(LOAD_MS);
    campaign.arm();
    assert.deepEqual(await Promise.race([campaign.server.exited, pause(POINT_MS)]), KILLED);
    campaign.changeRules();
    for (const point of START_POINTS) await startToPoint(campaign, point);
    await campaign.start();
    await campaign.demand('kills while recovering');
    await campaign.server.kill();
  }
  await campaign.start();
  await campaign.finish();
  report(t, { points: START_POINTS.length, rounds: counts.pointRounds });
});

test(
  'killed at each step of its first start, weir starts the next time, with credentials that are good',
  options,
  async (t) => {
    for (let round = 0; round < counts.pointRounds; round++) {
      let campaign = new Campaign(t);
      for (const point of FIRST_POINTS) {
        if (await endsAt(campaign, point)) continue;
        // What was passed is met in a folder in which nothing was made yet.
        campaign = new Campaign(t);
        assert.ok(await endsAt(campaign, point), `${point} was not met`);
      }
      await campaign.start();
      campaign.senders.resume();
      await pause(LOAD_MS);
      await campaign.finish();
      assert.ok(campaign.judge.events > 0);
    }
    report(t, { points: FIRST_POINTS.length, rounds: counts.pointRounds });
  },
);
