/** One seed: a server through several lives, and what must hold after each and at the end. */
import assert from 'node:assert/strict';
import { seededRandom } from '../../src/base/index.ts';
import { openBatch } from '../../src/batch/index.ts';
import { JournalReader } from '../../src/journal/index.ts';
import type { Receipt } from '../../src/pipeline/index.ts';
import { compactEvent } from '../../src/pipeline/live/compact.ts';
import type { Detections } from '../../src/store/index.ts';
import { SETS } from './rules.ts';
import { Traffic } from './traffic.ts';
import { FOLDER, World } from './world.ts';

/** What a seed came to, to see that something was tried. */
export interface Tried {
  readonly acknowledged: number;
  readonly refused: number;
  readonly unknown: number;
  readonly crashes: number;
  readonly hits: number;
  readonly firings: number;
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
    if (world.node !== null && world.broken === null && random.integer(3) === 0) {
      await world.settled(world.node.close());
      await world.crash(random.integer(2) === 0);
    } else {
      await world.crash(random.integer(2) === 0);
      crashes++;
    }
    assert.deepEqual(world.findings(), [], `after life ${life}`);
    kept(world);
  }
  // A last life in which all that was left is made up for.
  const node = await world.open(1, segmentBytes);
  assert.ok(node !== null, 'the last server does not start');
  world.changeRules(SETS[0]);
  const last = traffic.body(world.now);
  world.send(last.delivery, last.events);
  await world.settled(node.close());
  await world.crash(true);
  assert.deepEqual(world.findings(), []);
  kept(world);
  const undisturbed = contents(await world.undisturbed());
  const found = contents(world.store);
  assert.deepEqual(found, undisturbed, 'not what an undisturbed life finds');
  const outcomes = world.sent.map(({ outcome }) => (typeof outcome === 'object' ? 'acknowledged' : outcome));
  const count = (of: string): number => outcomes.filter((outcome) => outcome === of).length;
  return {
    acknowledged: count('acknowledged'),
    refused: count('refused'),
    unknown: count('unknown'),
    crashes,
    hits: found.filter((line) => line.startsWith('hit')).length,
    firings: found.filter((line) => line.startsWith('firing')).length,
  };
}

/** Things happen, until the script is over or the server. */
async function live(world: World, traffic: Traffic, random: ReturnType<typeof seededRandom>): Promise<void> {
  for (let left = 4 + random.integer(16); left > 0 && world.node !== null && world.broken === null; left--) {
    const what = random.integer(16);
    if (what < 7) {
      const { delivery, events } = traffic.body(world.now);
      world.send(delivery, events);
    } else if (what < 9) world.changeRules(random.pick(SETS));
    else if (what < 12) world.pass(random.pick([1, 250, 1000, 6000]));
    // The clock is set back, or ahead.
    else if (what === 12) world.pass(100, random.pick([-90_000, 70_000, 86_400_000]));
    else if (what === 13) world.disk.capacity = random.pick([0, 1 << 30, 1 << 30]);
    else if (what === 14 && random.integer(4) === 0) world.disk.failCall(1 + random.integer(30), 'EIO');
    await world.step(random.integer(30));
  }
}

/** What was acknowledged is in the journal, once; what was refused is not. */
function kept(world: World): void {
  const { files } = world.disk;
  if (files.size(`${FOLDER}/journal/ID`) === null) {
    assert.ok(!world.sent.some(({ outcome }) => typeof outcome === 'object'));
    return;
  }
  const events = new Map<number, number>();
  const requests = new Map<string, number>();
  let first = 0;
  for (const { position, kind, payload, receipt, more } of new JournalReader(`${FOLDER}/journal`, files).read(0)) {
    if (kind === 'events') {
      openBatch(payload).eachRowText((text) => {
        const { n } = JSON.parse(Buffer.from(text).toString()) as { n: number };
        events.set(n, (events.get(n) ?? 0) + 1);
      });
    }
    if (more) continue;
    if (receipt !== null) {
      const { request } = JSON.parse(receipt) as Receipt;
      assert.ok(!requests.has(request), `${request} is in the journal twice`);
      requests.set(request, first);
    }
    first = position + 1;
  }
  for (const [n, count] of events) assert.equal(count, 1, `event ${n} is in the journal ${count} times`);
  for (const { request, outcome, events: own } of world.sent) {
    if (outcome === 'refused') assert.ok(!requests.has(request), `${request} was refused, and is in the journal`);
    if (typeof outcome !== 'object' || outcome.ack.position === null) continue;
    assert.equal(requests.get(request), outcome.ack.position, `${request} was acknowledged and is lost`);
    for (const n of own) assert.ok(events.has(n), `event ${n} of ${request} was acknowledged and is lost`);
  }
}

/** All that is stored, by id. */
function contents({ read }: Detections): string[] {
  const lines: string[] = [];
  for (const { last } of read.hits.groups(0, Number.MAX_SAFE_INTEGER)) {
    for (const hit of read.hits.groupHits(last, 0, Number.MAX_SAFE_INTEGER).items) {
      const { id, eventId, tenant, source, rule, time, received, revision } = hit;
      const body = Buffer.from(compactEvent(hit.body)).toString();
      // A firing is stored with the entry at which it was taken, which is any behind the one that brought it.
      const when = eventId === null ? [time, revision] : [time, received];
      lines.push(
        `${eventId === null ? 'firing' : 'hit'} ${JSON.stringify([id, tenant, source, rule, ...when])} ${body}`,
      );
    }
  }
  for (const tenant of ['a', 'b']) {
    for (const { id, code, reason, raw, source, received } of read.deadLetters.list({ tenant }).items) {
      lines.push(`letter ${JSON.stringify([id, code, reason, source, received])} ${Buffer.from(raw)}`);
    }
  }
  return lines.sort();
}
