/** kill -9 at each labelled point of the path from a body to a stored hit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Campaign } from './campaign.ts';
import { counts, skipFaults } from './counts.ts';
import { LOAD_POINTS, STORE_POINTS } from './plan.ts';
import { report } from './report.ts';
import { KILLED, pause } from './server.ts';

const options = { skip: skipFaults, timeout: 6 * 3_600_000 };
const LOAD_MS = 250;
const POINTS = [...LOAD_POINTS, ...STORE_POINTS];
const POINT_MS = 60_000;

test('killed at each labelled point of the path, weir loses nothing and finds nothing twice', options, async (t) => {
  let events = 0;
  for (let round = 0; round < counts.pointRounds; round++) {
    const campaign = new Campaign(t);
    const { random } = campaign.oracle;
    await campaign.start();
    for (const point of POINTS) {
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
  report(t, { points: POINTS.length, rounds: counts.pointRounds, events });
});
