/** kill -9 at any moment: under load, while weir starts, while it stops. */
import { type TestContext, test } from 'node:test';
import { Campaign } from './campaign.ts';
import { counts, skipFaults } from './counts.ts';
import { report } from './report.ts';
import { pause } from './server.ts';

const options = { skip: skipFaults, timeout: 6 * 3_600_000 };
const KILL_WITHIN_MS = 1000;
const START_WITHIN_MS = 1500;
const STOP_WITHIN_MS = 300;

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
  const campaign = new Campaign(t, { threads: 2 });
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
