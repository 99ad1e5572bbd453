/** kill -9 at random under load: whatever is on disk belongs to one checkpoint. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Detections } from './index.ts';
import { databaseFile, LOG } from './kit.twin.ts';
import { commitOf, hitsAt } from './load.twin.ts';

const KILLS = Number(process.env['KILLS'] ?? 15);

test(`hits, ledger, dead letters, counters and checkpoint agree after each of ${KILLS} kills under load`, {
  timeout: 300_000,
}, async (t) => {
  const file = databaseFile();
  // What Node has compiled it keeps for the next process, but only when a process ends by itself: four times less to a start.
  const env = { ...process.env, NODE_COMPILE_CACHE: `${file}.cache` };
  const start = (end: number): ChildProcess =>
    spawn(process.execPath, [path.join(import.meta.dirname, 'load.twin.ts'), file, String(end)], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  let child = start(-1);
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'exit');
  let reached = -1;
  for (let round = 0; round < KILLS; round++) {
    child = start(1e9);
    if (child.stdout !== null) await once(child.stdout, 'data');
    await sleep(Math.random() * 120);
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    const store = new Detections(file);
    const end = store.read.checkpoint(LOG)?.position ?? -1;
    assert.ok(end >= reached);
    agree(store, reached, end);
    reached = end;
    store.close();
  }
  assert.ok(reached > KILLS, `only ${reached} entries were committed`);
});

/** Of the entries since the last look, exactly what they bring about is there, and nothing behind them. */
function agree(store: Detections, from: number, end: number): void {
  const { hits, ledger, deadLetters } = store.read;
  const wanted: string[] = [];
  let [total, letters, snapshot] = [0, 0, -1];
  for (let position = 0; position <= end; position++) {
    const found = hitsAt(position);
    total += found.length;
    letters += position % 4 === 0 ? 1 : 0;
    if (position > from) wanted.push(...found.map(({ rule, row }) => `${position}/${row} ${rule.id}`));
  }
  assert.equal(hits.sequence(), total);
  assert.equal(
    hits.totals('acme').reduce((sum, count) => sum + count.hits, 0),
    total,
  );
  const stored: string[] = [];
  for (let after: number | null = total - wanted.length; after !== null; ) {
    const page = hits.list({ tenant: 'acme', after });
    stored.push(...page.items.map(({ eventId, rule }) => `${eventId?.slice(LOG.length + 1)} ${rule.id}`));
    after = page.next;
  }
  assert.deepEqual(stored.sort(), wanted.sort());
  const [range] = ledger.ranges('acme', LOG);
  assert.deepEqual(
    [range?.to ?? -1, range?.events ?? 0, store.read.counters('acme').get('entries') ?? 0],
    [end, end + 1, end + 1],
  );
  assert.equal(deadLetters.counts('acme')[0]?.letters ?? 0, letters);
  const kept = store.read.snapshot(LOG);
  if (kept !== null) snapshot = kept.position;
  assert.ok(snapshot <= end);
  if (kept !== null)
    assert.deepEqual(kept.bytes, new Uint8Array(commitOf(kept.position, kept.position).snapshot ?? []));
}
