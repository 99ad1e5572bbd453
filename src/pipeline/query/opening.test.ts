import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { JournalReader } from '../../journal/index.ts';
import { DuckPool } from '../../query/index.ts';
import { History } from '../store/history.ts';
import { folderWith, numbered } from '../store/history.twin.ts';
import type { HistorySource } from '../store/history-messages.ts';
import { HistoryViews } from '../store/history-views.ts';
import { ask, type Question } from './ask.ts';
import type { Opening } from './opening.ts';
import { FolderTables } from './tables/folder.ts';

const AT = 1_790_000_000_000;
const folder = folderWith(
  'asked',
  ['default', 'other', 'default'].map((tenant, i) => ({ tenant, source: 'web', at: AT, events: numbered(i * 10, 3) })),
);
const history = new History(folder);
const pool = new DuckPool(path.join(folder, 'query'));
after(async () => {
  await pool.close();
  history.close();
});

/** Counts what an {@link Opening} holds, and that it lets go of all of it. */
function watched(): { readonly source: HistorySource; readonly counts: { views: number; held: number } } {
  const { next } = new JournalReader(path.join(folder, 'journal')).head();
  const all = new HistoryViews(history).upTo(next);
  const counts = { views: 0, held: 0 };
  const view: HistorySource['view'] = async (query) => {
    counts.views++;
    counts.held++;
    return all.view(query);
  };
  const release: HistorySource['release'] = (one) => {
    counts.held--;
    all.release(one);
  };
  return { source: { ...all, view, release }, counts };
}

async function answered(text: string, more: Partial<Question> = {}) {
  const { source, counts } = watched();
  const question = { text, tenant: 'default', since: null, now: AT, ...more };
  const reply = await ask({ history: source, pool, tables: new FolderTables(folder), rules: () => null }, question);
  const rows: string[] = [];
  for await (const row of reply.rows) rows.push(row);
  const coverage = await reply.coverage();
  return { rows, coverage, counts };
}

test('events that a query reads twice are read of one view, counted once, and let go of', async () => {
  const { rows, coverage, counts } = await answered(
    'events | join kind=inner (events | where n >= 20) on n | summarize n = count(), least = min(n)',
  );
  assert.deepEqual(rows, ['{"n":3,"least":20}']);
  assert.deepEqual(counts, { views: 1, held: 0 });
  assert.deepEqual([coverage.events, coverage.share, coverage.why], [6, 1, []]);
});

test('explain says what would be done, reads no row, and names no place on the disk', async () => {
  const { rows, counts } = await answered('explain events | where n >= 20 | parse text with "event " k | project n, k');
  const steps = rows.map((row) => JSON.parse(row) as { step: number; runs: string; what: string });
  assert.deepEqual(
    steps.map(({ step, runs, what }) => [step, runs, runs === 'statement' ? 'SQL' : what]),
    [
      [1, 'store', `events: 1 of 1 segments, 6 events, up to position ${steps[0].what.match(/\d+$/)?.[0]}`],
      [2, 'duckdb', 'where n >= 20'],
      [3, 'statement', 'SQL'],
      [4, 'weir', 'parse text with "event " k:string'],
      [5, 'weir', 'project n, k'],
    ],
  );
  assert.match(steps[2].what, /read_parquet\(\['tenant=default\/source=web\//);
  assert.ok(!rows.join().includes(folder));
  assert.deepEqual(counts, { views: 1, held: 0 });
});

test('a query that cannot be run, and one that nobody reads to its end, let go of what they held', async () => {
  const { source, counts } = watched();
  const sources = { history: source, pool, tables: new FolderTables(folder), rules: () => null };
  const question = { tenant: 'default', since: null, now: AT };
  await assert.rejects(ask(sources, { ...question, text: 'events | take 1 | union alerts' }), /nothing behind it/);
  const reply = await ask(sources, { ...question, text: 'events' });
  for await (const _ of reply.rows) break;
  // Released behind the promise it is held by.
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(counts.held, 0);
});
