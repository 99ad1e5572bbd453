/** The history of a server: its thread (history-thread.ts, history-worker.ts), and what it gives out (history-views.ts). */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { limits, overrideLimits, sleep } from '../../base/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { folderWith, numbered } from './history.twin.ts';
import type { HistoryState } from './history-messages.ts';
import { HistoryThread } from './history-thread.ts';

const MINUTE = 60_000;

/** Runs `history-worker.ts` over a folder, everything in it durable. */
function threadOver(
  folder: string,
  { continuously = true, bytes = 1 } = {},
): { thread: HistoryThread; states: (HistoryState | null)[] } {
  const { next } = new JournalReader(path.join(folder, 'journal')).head();
  const states: (HistoryState | null)[] = [];
  const thread = new HistoryThread(
    { folder, keyPath: null, continuously, retention: null, tiers: null, warm: null, release: null },
    () => ({ position: next, bytes }),
    (state) => states.push(state),
  );
  return { thread, states };
}

test('a view is complete up to what is durable; its files stay until it is released', async () => {
  const frames = Array.from({ length: 34 }, (_, i) => ({
    tenant: 'default',
    source: 'web',
    at: 1_790_000_000_000 + i * MINUTE * 61,
    events: numbered(i * 10, 10),
  }));
  const folder = folderWith('thread', frames);
  const { thread, states } = threadOver(folder);
  const view = await thread.view({ tenant: 'default' });
  assert.equal(
    view.segments.reduce((sum, { rows }) => sum + rows, 0),
    340,
  );
  assert.equal(view.segments.length, 34);
  const hunted = await thread.huntView({ tenant: 'default' });
  const bySize = hunted.found.segments.map(({ file, rows, bytes }) => [
    path.join(hunted.folder, file),
    rows,
    bytes > 0,
  ]);
  assert.deepEqual(
    bySize,
    view.segments.map(({ file, rows }) => [file, rows, true]),
  );
  assert.deepEqual([hunted.position, hunted.log.endsWith('/0')], [view.position, true]);
  thread.release(hunted);
  // The other thread merges by `merge.ts` what is of days that are over; the files of the view are there until it is done.
  for (let i = 0; i < 100 && (states.at(-1)?.merged ?? 0) === 0; i++) await sleep(100);
  assert.ok((states.at(-1)?.merged ?? 0) > 0);
  assert.deepEqual(
    view.segments.filter(({ file }) => !fs.existsSync(file)),
    [],
  );
  const merged = await thread.view({ tenant: 'default' });
  assert.ok(merged.segments.length < 34);
  assert.equal(
    merged.segments.reduce((sum, { rows }) => sum + rows, 0),
    340,
  );
  thread.release(view);
  for (let i = 0; i < 100 && view.segments.some(({ file }) => fs.existsSync(file)); i++) await sleep(100);
  const left = view.segments.filter(({ file }) => fs.existsSync(file)).map(({ file }) => file);
  assert.deepEqual(
    left.filter((file) => !merged.segments.some((segment) => segment.file === file)),
    [],
  );
  thread.release(merged);
  assert.equal((await thread.stats()).segments.rows, 340);
  await thread.close();
  await assert.rejects(thread.view({ tenant: 'default' }), { code: 'server.closed' });
  assert.equal(states.includes(null), false);
});

test('merging waits while the server has no memory for it', async () => {
  const frames = Array.from({ length: 20 }, (_, i) => ({
    tenant: 'default',
    source: 'web',
    at: 1_790_000_000_000 + i * MINUTE * 61,
    events: numbered(i * 10, 10),
  }));
  const { serverMemoryBytes } = limits;
  overrideLimits({ serverMemoryBytes: 1 });
  try {
    const { thread, states } = threadOver(folderWith('memory', frames));
    // What it was told first holds.
    await sleep(1200);
    thread.release(await thread.view({ tenant: 'default' }));
    await sleep(1500);
    assert.deepEqual([states.at(-1)?.segments, states.at(-1)?.merged], [20, 0]);
    overrideLimits({ serverMemoryBytes });
    for (let i = 0; i < 100 && (states.at(-1)?.merged ?? 0) === 0; i++) await sleep(100);
    assert.ok((states.at(-1)?.merged ?? 0) > 0);
    await thread.close();
  } finally {
    overrideLimits({ serverMemoryBytes });
  }
});

test('what is much is cut at once, or only when somebody asks, where that is how it is set', async () => {
  const frames = [{ tenant: 'default', source: 'web', at: 1_790_000_000_000, events: numbered(0, 10) }];
  for (const continuously of [true, false]) {
    const { thread, states } = threadOver(folderWith(`asked-${continuously}`, frames), {
      continuously,
      bytes: 64 << 20,
    });
    // Told every half second, from when the thread runs.
    for (let i = 0; i < 300 && (continuously ? states.at(-1)?.rows !== 10 : states.length < 4); i++) await sleep(50);
    assert.equal(states.at(-1)?.rows, continuously ? 10 : 0);
    const view = await thread.view({ tenant: 'default' });
    assert.equal(view.segments[0].rows, 10);
    thread.release(view);
    await thread.close();
  }
});
