/** kill -9: at random under load, while starting, while stopping, and at each labelled point. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Campaign } from './campaign.ts';
import { counts, skipFaults } from './counts.ts';
import { FIRST_POINTS, LOAD_POINTS, type Point, START_POINTS } from './plan.ts';
import { report } from './report.ts';
import { type Exit, pause } from './server.ts';

const options = { skip: skipFaults, timeout: 6 * 3_600_000 };
const KILLED: Exit = { code: null, signal: 'SIGKILL' };
const LOAD_MS = 250;
const KILL_WITHIN_MS = 1000;
const START_WITHIN_MS = 1500;
const STOP_WITHIN_MS = 300;
const POINT_MS = 30_000;

/** Of four kills two are under load, one comes while weir starts, one while it stops. */
async function killSomewhen(campaign: Campaign, round: number): Promise<void> {
  const { random } = campaign.oracle;
  campaign.senders.resume();
  await pause(random.integer(KILL_WITHIN_MS));
  if (round % 4 === 3) {
    campaign.server.child.kill('SIGTERM');
    await pause(random.integer(STOP_WITHIN_MS));
  }
  await campaign.server.kill();
  if (round % 4 !== 2) return;
  campaign.begin();
  await pause(random.integer(START_WITHIN_MS));
  await campaign.server.kill();
}

async function kills(t: TestContext, rounds: number): Promise<{ events: number; bursts: number; slowestMs: number }> {
  const campaign = new Campaign(t);
  let slowestMs = await campaign.start();
  for (let round = 0; round < rounds; round++) {
    await killSomewhen(campaign, round);
    slowestMs = Math.max(slowestMs, await campaign.start());
    await campaign.demand(`kill ${round + 1}`);
  }
  await campaign.finish();
  return { events: campaign.judge.events, bursts: campaign.judge.bursts, slowestMs };
}

test('killed at any moment, weir loses nothing it acknowledged and finds nothing twice', options, async (t) => {
  let [events, bursts, slowestMs] = [0, 0, 0];
  for (let left = counts.kills; left > 0; left -= counts.killsPerFolder) {
    const done = await kills(t, Math.min(left, counts.killsPerFolder));
    events += done.events;
    bursts += done.bursts;
    slowestMs = Math.max(slowestMs, done.slowestMs);
  }
  report(t, { kills: counts.kills, events, bursts, slowest_start_ms: Math.round(slowestMs) });
});

test('killed at each labelled point of the path, weir loses nothing and finds nothing twice', options, async (t) => {
  let events = 0;
  for (let round = 0; round < counts.pointRounds; round++) {
    const campaign = new Campaign(t);
    const { random } = campaign.oracle;
    await campaign.start();
    for (const point of LOAD_POINTS) {
      await campaign.server.kill();
      const part = random.integer(1000) / 1000;
      await campaign.start({ kill: point, nth: 1 + random.integer(3), part, later: true });
      await campaign.demand(`the kill before ${point}`);
      campaign.senders.resume();
      await pause(LOAD_MS);
      campaign.arm();
      assert.deepEqual(await Promise.race([campaign.server.exited, pause(POINT_MS)]), KILLED, `${point} was not met`);
    }
    await campaign.start();
    await campaign.finish();
    events += campaign.judge.events;
  }
  report(t, { points: LOAD_POINTS.length, rounds: counts.pointRounds, events });
});

/** The server is started, ends at the point, and is not started again for now. */
async function startToPoint(campaign: Campaign, point: Point): Promise<void> {
  const { exited } = campaign.begin({ kill: point });
  assert.deepEqual(await Promise.race([exited, pause(POINT_MS)]), KILLED, `${point} was not met`);
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
      const campaign = new Campaign(t, { threads: 1 });
      for (const point of FIRST_POINTS) await startToPoint(campaign, point);
      await campaign.start();
      campaign.senders.resume();
      await pause(LOAD_MS);
      await campaign.finish();
      assert.ok(campaign.judge.events > 0);
    }
    report(t, { points: FIRST_POINTS.length, rounds: counts.pointRounds });
  },
);
