/** A question to a history, by way of views (history-views.ts): what is ruled out is told, and counts as searched. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { DuckPool } from '../../query/index.ts';
import { History } from '../store/history.ts';
import { folderWith, type Sent } from '../store/history.twin.ts';
import { HistoryViews } from '../store/history-views.ts';
import { ask } from './ask.ts';
import type { Coverage } from './coverage.ts';
import { FolderTables } from './tables/folder.ts';

const START = Date.UTC(2026, 0, 5);
const HOUR = 3_600_000;
const SENT: readonly Sent[] = Array.from({ length: 30 }, (_, i) => ({
  ...{ tenant: i % 10 === 9 ? 'other' : 'default', source: i < 15 ? 'a' : 'b', at: START + i * HOUR },
  events: Array.from({ length: 4 }, (__, row) => ({
    n: i * 4 + row,
    text: `word${i * 4 + row} secret`,
    ...(i >= 15 ? { only: { b: `x${row}` } } : {}),
  })),
}));

test('what was ruled out by time, columns, bounds and terms is told, and the answer is complete all the same', async (t) => {
  const folder = folderWith('asked', SENT);
  const history = new History(folder);
  const pool = new DuckPool(path.join(folder, 'query'));
  t.after(async () => {
    await pool.close();
    history.close();
  });
  const views = new HistoryViews(history);
  const question = async (text: string, since: number | null = null): Promise<[string[], Coverage]> => {
    const to = 2 * SENT.length;
    const sources = { history: views.upTo(to), pool, tables: new FolderTables(folder), rules: () => null };
    const reply = await ask(sources, { text, tenant: 'default', since, now: START });
    const rows: string[] = [];
    for await (const row of reply.rows) rows.push(row);
    return [rows, await reply.coverage()];
  };
  // Without filters, as they are cut: searched all the same.
  history.flush(20);
  history.flush(40);
  history.flush(2 * SENT.length);
  const [fresh, before] = await question('word74 | project n');
  assert.deepEqual(fresh, ['{"n":74}']);
  assert.deepEqual(
    [before.ruled[0].terms.segments, before.ruled[0].groups, before.ruled[0].found],
    [0, { asked: before.segments, ruled: 0 }, 1],
  );
  const told = ({ ruled: [one] }: Coverage): unknown => ({
    time: one.time.segments,
    columns: one.columns.segments,
    values: one.values.segments,
    terms: one.terms.segments,
    found: one.found,
  });
  while (history.nextMerge(true) !== null) history.compact(2 * SENT.length);
  const nothing = { time: 0, columns: 0, values: 0, terms: 0 };
  const [rows, coverage] = await question('word74 | project n');
  assert.deepEqual(rows, ['{"n":74}']);
  const { segments, events, share, pruned } = coverage;
  assert.ok(segments >= 2);
  // What was ruled out was looked at.
  assert.deepEqual([events, share, pruned], [108, 1, segments - 1]);
  assert.deepEqual(told(coverage), { ...nothing, terms: segments - 1, found: 1 });
  const [none, unknown] = await question('nowhere77 | count');
  assert.deepEqual(none, ['{"Count":0}']);
  assert.deepEqual(told(unknown), { ...nothing, terms: segments, found: 0 });
  const [deep, columns] = await question('events | where only.b == "x2" | count');
  assert.deepEqual(deep, [`{"Count":${SENT.filter(({ tenant }, i) => tenant === 'default' && i >= 15).length}}`]);
  assert.ok(columns.ruled[0].columns.segments > 0);
  const [high, values] = await question('events | where n >= 110 | summarize n = count()');
  assert.deepEqual(high, ['{"n":6}']);
  assert.ok(values.ruled[0].values.segments > 0);
  const [late, time] = await question('events | where @timestamp >= datetime(2026-01-06T03:00:00Z) | count');
  assert.deepEqual(late, ['{"Count":8}']);
  assert.ok(time.ruled[0].time.segments > 0);
  assert.equal(
    (await question('secret | count', START + 20 * HOUR))[1].ruled[0].time.segments,
    time.ruled[0].time.segments,
  );
  assert.deepEqual((await question('secret | count'))[0], ['{"Count":108}']);
});
