import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../base/index.ts';
import { Cursors } from './cursors.ts';
import { Filled, NotedClock, ToldSender, until } from './kit.twin.ts';
import { Notifier, type NotifierStatus } from './notifier.ts';
import type { LogFileConfig, Outcome } from './types.ts';

const failed: Outcome = { kind: 'failed', reason: 'status 503' };
const refused: Outcome = { kind: 'refused', reason: 'status 400: no' };

interface Run {
  readonly sender: ToldSender;
  readonly clock: NotedClock;
  readonly notifier: Notifier;
  readonly cursors: Cursors;
  /** Runs until everything stored is dealt with. */
  drain(): Promise<NotifierStatus>;
}

function prepare(filled: Filled, config: Partial<LogFileConfig>, ...outcomes: Outcome[]): Run {
  const sender = new ToldSender(...outcomes);
  const clock = new NotedClock();
  const cursors = new Cursors(filled.cursors);
  const full = { kind: 'log_file' as const, name: 'n1', path: '', begin: 'start' as const, ...config };
  const notifier = new Notifier(full, sender, cursors, filled.feed, clock);
  const drain = async (): Promise<NotifierStatus> => {
    const stop = new AbortController();
    const running = notifier.run(stop.signal);
    await until(() => notifier.status().cursor === filled.feed.sequence());
    stop.abort();
    await running;
    return notifier.status();
  };
  return { sender, clock, notifier, cursors, drain };
}

test('hits leave in order, in batches, each once', async () => {
  const filled = new Filled();
  filled.add(3);
  const { sender, drain } = prepare(filled, { batchHits: 4 });
  const status = await drain();
  assert.deepEqual(sender.sequences, [[1, 2, 3, 4], [5, 6, 7, 8], [9]]);
  assert.equal(new Set(sender.batches.map(({ id }) => id)).size, 3);
  assert.deepEqual([status.counts.deliveredHits, status.counts.deliveredBatches, status.backlogBytes], [9, 3, 0]);
  assert.deepEqual([status.breaker, status.error], ['closed', null]);
});

test('only live hits that pass level, rule and tenant leave', async () => {
  const filled = new Filled();
  filled.add(1);
  filled.add(1, { live: false });
  filled.add(1, { tenant: 'beta' });
  const sent = async (name: string, filter: NonNullable<LogFileConfig['filter']>): Promise<number[]> => {
    const { sender, drain } = prepare(filled, { name, filter });
    await drain();
    return sender.sequences.flat();
  };
  assert.deepEqual(await sent('a', {}), [1, 2, 3, 7, 8, 9]);
  assert.deepEqual(await sent('b', { levelMin: 'medium' }), [1, 2, 7, 8]);
  assert.deepEqual(await sent('c', { rules: ['r2'] }), [3, 9]);
  assert.deepEqual(await sent('d', { tenants: ['beta'], levelMin: 'high' }), [7, 8]);
  filled.add(1, { rule: { id: 'r3', version: 'v', level: 'urgent' } });
  assert.deepEqual(await sent('e', { levelMin: 'critical' }), [10, 11, 12]);
});

test('a failed delivery is tried again as it was, waiting twice as long each time, then left alone as down', async () => {
  const filled = new Filled();
  filled.add(1);
  const { sender, clock, drain, notifier } = prepare(filled, { batchHits: 2 }, ...Array<Outcome>(6).fill(failed));
  const states: string[] = [];
  const deliver = sender.deliver.bind(sender);
  sender.deliver = (batch) => {
    states.push(notifier.status().breaker);
    // What comes meanwhile does not change a delivery that was begun.
    if (sender.batches.length === 1) filled.add(1);
    return deliver(batch);
  };
  const status = await drain();
  assert.deepEqual(sender.sequences, [...Array(7).fill([1, 2]), [3, 4], [5, 6]]);
  assert.equal(new Set(sender.batches.slice(0, 7).map(({ id }) => id)).size, 1);
  assert.deepEqual(
    sender.batches.slice(0, 7).map(({ attempt }) => attempt),
    [1, 2, 3, 4, 5, 6, 7],
  );
  assert.deepEqual(clock.sleeps.slice(0, 6), [250, 500, 1000, 2000, 30_000, 30_000]);
  assert.deepEqual(states.slice(4, 8), ['closed', 'half_open', 'half_open', 'closed']);
  assert.deepEqual([status.counts.failedTries, status.counts.deliveredHits], [6, 6]);
});

test('a receiver that says when to come back is waited for, within an hour', async () => {
  const filled = new Filled();
  filled.add(1);
  const later = (retryAfterMs: number): Outcome => ({ kind: 'failed', reason: 'status 429', retryAfterMs });
  const { clock, drain } = prepare(filled, {}, later(90_000), later(1e12), later(1));
  await drain();
  assert.deepEqual(clock.sleeps.slice(0, 3), [90_000, 3_600_000, 1000]);
});

test('a refused delivery is parked after its tries, the next goes on, and it can be sent later', async () => {
  const filled = new Filled();
  filled.add(1);
  const run = prepare(filled, { batchHits: 2 }, ...Array<Outcome>(limits.notifyRefusedTriesMax).fill(refused));
  const { counts, breaker } = await run.drain();
  assert.deepEqual(run.sender.sequences, [...Array(5).fill([1, 2]), [3]]);
  assert.deepEqual([counts.refusedTries, counts.parkedHits, counts.parkedBatches, counts.deliveredHits], [5, 2, 1, 1]);
  assert.equal(breaker, 'closed');
  const [parked] = run.cursors.parked('n1');
  assert.deepEqual(
    [parked.reason, parked.tries, parked.hits, parked.batch],
    ['status 400: no', 5, 2, run.sender.batches[0].id],
  );
  const { signal } = new AbortController();
  assert.deepEqual(await run.notifier.sendParked(parked.n, signal), { kind: 'delivered' });
  assert.equal(run.sender.batches.at(-1)?.id, parked.batch);
  assert.deepEqual(run.cursors.parked('n1'), []);
  assert.equal(await run.notifier.sendParked(parked.n, signal), null);
  assert.equal(run.notifier.status().counts.deliveredHits, 3);
});

test('a delivery begun before a crash is the same after it, though more could go along now', async () => {
  const filled = new Filled();
  filled.add(1);
  const first = prepare(filled, {}, failed);
  const stop = new AbortController();
  const running = first.notifier.run(stop.signal);
  await until(() => first.sender.batches.length === 1);
  stop.abort();
  await running;
  first.cursors.close();
  filled.add(5);
  const second = prepare(filled, {});
  await second.drain();
  assert.deepEqual(
    second.sender.sequences.map(({ length }) => length),
    [3, 15],
  );
  assert.equal(second.sender.batches[0].id, first.sender.batches[0].id);
});

test('beyond its bound the backlog is kept and said, or the oldest is dropped and counted', async () => {
  const filled = new Filled();
  filled.add(10);
  const all = filled.feed.groups(0, 100).reduce((sum, { bytes }) => sum + bytes, 0);
  const kept = prepare(filled, { name: 'kept', backlogBytes: all - 1 }, failed);
  const over: boolean[] = [];
  const deliver = kept.sender.deliver.bind(kept.sender);
  kept.sender.deliver = (batch) => {
    over.push(kept.notifier.status().overBacklog);
    return deliver(batch);
  };
  assert.equal((await kept.drain()).counts.deliveredHits, 30);
  assert.deepEqual(over, [true, true]);
  const row = filled.feed.groups(0, 1)[0].bytes;
  const dropping = prepare(filled, { name: 'dropping', backlogBytes: all - row, backlogPolicy: 'drop_oldest' });
  const { counts } = await dropping.drain();
  assert.deepEqual([counts.droppedHits, counts.deliveredHits], [2, 28]);
  assert.equal(dropping.sender.sequences[0][0], 3);
});

test('a notifier seen for the first time begins with what comes from then on', async () => {
  const filled = new Filled();
  filled.add(2);
  const { sender, drain } = prepare(filled, { begin: 'now' });
  filled.add(1);
  await drain();
  assert.deepEqual(sender.sequences, [[7, 8, 9]]);
});

test('a database that cannot be written for a while costs nothing but time', async () => {
  const filled = new Filled();
  filled.add(1);
  const { sender, cursors, drain, clock } = prepare(filled, {});
  let broken = 2;
  const begin = cursors.begin.bind(cursors);
  cursors.begin = (...args) => {
    broken -= 1;
    if (broken >= 0) throw Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR' });
    begin(...args);
  };
  const status = await drain();
  assert.deepEqual(sender.sequences, [[1, 2, 3]]);
  assert.deepEqual(clock.sleeps.slice(0, 2), [250, 500]);
  assert.equal(status.error, null);
});
