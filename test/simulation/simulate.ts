/** One seed: a server through several lives, and what must hold after each and at the end. */
import assert from 'node:assert/strict';
import { type SeededRandom, seededRandom } from '../../src/base/index.ts';
import { contents, judgeHits, judgeKept } from './judge.ts';
import { SETS } from './rules.ts';
import { Traffic } from './traffic.ts';
import { World } from './world.ts';

/** What a seed came to, to see that something was tried. */
export interface Tried {
  readonly acknowledged: number;
  readonly refused: number;
  readonly unknown: number;
  /** Acknowledged before, to the same sender. */
  readonly again: number;
  readonly crashes: number;
  readonly hits: number;
  readonly firings: number;
  /** Steps that were taken. */
  readonly steps: number;
}

export async function simulate(seed: number): Promise<Tried> {
  const random = seededRandom(seed);
  const world = new World(random, random.pick([0, 1000, 5000]));
  const traffic = new Traffic(random);
  const segmentBytes = random.pick([2000, 6000, 1 << 20]);
  const lives = 1 + random.integer(3);
  let crashes = 0;
  for (let life = 0; life < lives; life++) {
    // A disk may fail while a server starts.
    if (random.integer(12) === 0) world.disk.failCall(1 + random.integer(40), random.pick(['EIO', 'ENOSPC']));
    await world.open(1 + random.integer(2), segmentBytes);
    await live(world, traffic, random);
    if (world.node !== null && world.broken === null && random.integer(3) === 0) await world.close();
    else crashes++;
    await world.end(random.integer(2) === 0);
    assert.deepEqual(world.findings(), [], `after life ${life}`);
    judgeKept(world);
    // It can be worked out anew.
    if (random.integer(10) === 0) world.loseStore();
  }
  // A last life in which all that was left is made up for.
  assert.ok((await world.open(1, segmentBytes)) !== null, 'the last server does not start');
  world.changeRules(SETS[0]);
  world.send(traffic.next(world.now));
  await world.close();
  await world.end(true);
  assert.deepEqual(world.findings(), [], 'at the end');
  judgeKept(world);
  judgeHits(world);
  const found = contents(world.store);
  assert.deepEqual(found, contents(await world.undisturbed()), 'not what an undisturbed life finds');
  const outcomes = world.sent.map(({ outcome }) => (typeof outcome === 'object' ? 'acknowledged' : outcome));
  const count = (of: string): number => outcomes.filter((outcome) => outcome === of).length;
  const places = world.sent.flatMap(({ outcome }) => (typeof outcome === 'object' ? (outcome.ack.position ?? []) : []));
  return {
    acknowledged: count('acknowledged'),
    refused: count('refused'),
    unknown: count('unknown'),
    again: places.length - new Set(places).size,
    crashes,
    hits: found.filter((line) => line.startsWith('hit')).length,
    firings: found.filter((line) => line.startsWith('firing')).length,
    steps: world.steps,
  };
}

/** Things happen, until the script is over or the server. */
async function live(world: World, traffic: Traffic, random: SeededRandom): Promise<void> {
  for (let left = 4 + random.integer(16); left > 0 && world.node !== null && world.broken === null; left--) {
    const what = random.integer(18);
    if (what < 8) world.send(traffic.next(world.now));
    else if (what < 10) world.changeRules(random.pick(SETS));
    else if (what < 13) world.pass(random.pick([1, 250, 1000, 6000]));
    // The clock is set back, or ahead.
    else if (what === 13) world.pass(100, random.pick([-90_000, 70_000, 86_400_000]));
    else if (what === 14) world.disk.capacity = random.pick([0, 1 << 30, 1 << 30]);
    else if (what === 15) world.storeFull = random.integer(3) === 0;
    else if (what === 16) world.slow = random.pick(['journal', 'detect', 'door', null]);
    else if (random.integer(4) === 0) world.disk.failCall(1 + random.integer(30), 'EIO');
    await world.step(random.integer(30));
  }
}
