/** Segments that go to an object store, in a folder and on a real S3 server elsewhere: they are asked as before, and nothing is lost whatever fails. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { realFiles } from '../../base/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { DuckPool } from '../../query/index.ts';
import { ask } from '../query/ask.ts';
import type { Coverage } from '../query/coverage.ts';
import { FolderTables } from '../query/tables/folder.ts';
import { History } from './history.ts';
import { folderWith, numbered, type Sent } from './history.twin.ts';
import { HistoryViews } from './history-views.ts';
import { keepPlace } from './object-place.ts';
import { verifySegments } from './verify-segments.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5);
const SENT: readonly Sent[] = Array.from({ length: 8 }, (_, i) => ({
  ...{ tenant: 'default', source: i % 2 === 0 ? 'a' : 'b', at: START + i * DAY },
  events: numbered(i * 10, 10),
}));
const END = 2 * SENT.length;

/** A data folder whose segments are of two frames each, with an object store that is a folder. */
function cold(name: string, cacheBytes = 1 << 20): { readonly folder: string; readonly objects: string } {
  const folder = folderWith(name, SENT);
  const objects = `${folder}-objects`;
  const history = new History(folder);
  for (let to = 4; to <= END; to += 4) history.flush(to);
  history.close();
  keepPlace(realFiles, path.join(folder, 'store'), { url: pathToFileURL(objects).href, cache_bytes: cacheBytes });
  return { folder, objects };
}

const filesBelow = (folder: string): string[] =>
  fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.parquet'))
    .sort();

async function moveAll(history: History): Promise<void> {
  for (const { file } of history.store.catalogue.segments()) assert.equal(await history.cold.move(file), true);
  history.cold.trim();
}

async function asked(history: History, pool: DuckPool, text: string): Promise<[string[], Coverage]> {
  const views = new HistoryViews(history);
  const folder = path.dirname(history.folder);
  const sources = { history: views.upTo(END), pool, tables: new FolderTables(folder), rules: () => null };
  const reply = await ask(sources, { text, tenant: 'default', since: null, now: START });
  const rows: string[] = [];
  for await (const row of reply.rows) rows.push(row);
  return [rows.sort(), await reply.coverage()];
}

function findings(folder: string): string[] {
  const found: string[] = [];
  const reader = new JournalReader(path.join(folder, 'journal'));
  verifySegments({
    ...{ folder, chain: path.join(folder, 'chain'), files: realFiles, log: reader.log, reader, anchors: [] },
    ...{ first: 0, next: reader.head().next, released: true },
    find: (where, _, what) => void found.push(`${where}: ${what}`),
  });
  return found;
}

const QUESTIONS = [
  'events | summarize n=count(), m=max(n) by weir.source.id',
  'events | where n >= 35 and n < 62 | project n, text',
  '"event 47" | project n',
  'events | where text has "missing" | project n',
];

test('what was moved answers as before, is fetched only where it may be needed, and verifies', async (t) => {
  const { folder, objects } = cold('moved');
  const history = new History(folder);
  const pool = new DuckPool(path.join(folder, 'query'));
  t.after(async () => {
    await pool.close();
    history.close();
  });
  const before: string[][] = [];
  for (const text of QUESTIONS) before.push((await asked(history, pool, text))[0]);
  assert.deepEqual(before[0].length, 2);
  const local = filesBelow(history.folder);
  await moveAll(history);
  assert.deepEqual(filesBelow(history.folder), []);
  assert.equal(filesBelow(objects).length, local.length);
  const [rows, coverage] = await asked(history, pool, QUESTIONS[1]);
  assert.deepEqual([rows, coverage.share, coverage.notes], [before[1], 1, []]);
  // Of the bounds of n follows which two segments it is.
  assert.equal(filesBelow(history.folder).length, 4);
  for (const [i, text] of QUESTIONS.entries()) assert.deepEqual((await asked(history, pool, text))[0], before[i]);
  assert.deepEqual(findings(folder), []);
  assert.deepEqual(history.store.catalogue.cold.strays(), []);
});
