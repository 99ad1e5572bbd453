/** Answers in pages: put together they are the answer as it was when the first was asked for, whatever comes in between. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { JournalReader } from '../../journal/index.ts';
import { DuckPool } from '../../query/index.ts';
import { History } from '../store/history.ts';
import { folderWith, numbered, type Sent } from '../store/history.twin.ts';
import { HistoryViews } from '../store/history-views.ts';
import { ask, type Question, type Sources } from './ask.ts';
import { decodeCursor, encodeCursor } from './pages.ts';
import { FolderTables } from './tables/folder.ts';

const AT = 1_790_000_000_000;
const SENT: readonly Sent[] = Array.from({ length: 12 }, (_, i) => ({
  tenant: i % 4 === 3 ? 'other' : 'default',
  source: i % 2 === 0 ? 'web' : 'pc',
  at: AT + i,
  events: numbered(i * 10, 5),
}));
const folder = folderWith('paged', SENT);
const history = new History(folder);
const pool = new DuckPool(path.join(folder, 'query'));
after(async () => {
  await pool.close();
  history.close();
});
const tables = new FolderTables(folder);
const views = new HistoryViews(history);
const { next: end } = new JournalReader(path.join(folder, 'journal')).head();
/** As far as the journal was when the first page was asked for, and later. */
const before: Sources = { history: views.upTo(14), pool, tables, rules: () => null };
const later: Sources = { history: views.upTo(end), pool, tables, rules: () => null };

async function answered(sources: Sources, text: string, page?: Question['page'], now = AT) {
  const question = { text, tenant: 'default', since: null, now, ...(page === undefined ? {} : { page }) };
  const reply = await ask(sources, question);
  const rows: string[] = [];
  for await (const row of reply.rows) rows.push(row);
  return { rows, coverage: await reply.coverage() };
}

const QUERIES: readonly (readonly [text: string, limit: number])[] = [
  ['events', 7],
  ['events | where n >= 21 | project n, text', 4],
  ['events | extend x = now() | extend j = parse_json("{}") | project n, x', 6],
  ['text:event | project more.deep, n', 9],
  ['events | sort by more.deep desc | project n, more.deep', 4],
  ['events | top 11 by more.deep | project n', 3],
  ['events | mv-expand list | project n, list', 11],
  ['events | project-away text | take 13', 5],
  ['events | summarize m = count(), s = sum(n) by n % 7, weir.source.id', 3],
  ['events | summarize m = count() by more.deep | sort by m desc', 1],
  ['events | union (events | where n < 3) | project n', 8],
  ['events | distinct weir.source.id', 1],
];

/** In what order is said by `sort` and `top` only. */
const comparable = (text: string, rows: readonly string[]): readonly string[] =>
  /sort|top/.test(text) ? rows.map((row) => row.replace(/"n":\d+,?/, '')) : rows.toSorted();

test('pages put together are the answer of the first moment, none of them too large, every row once', async () => {
  const texts = QUERIES.map(([text]) => text);
  const whole = new Map<string, string[]>();
  // All of the first moment, before anything of the later one is cut into segments.
  for (const text of texts) whole.set(text, (await answered(before, text)).rows);
  const firsts = new Map<string, Awaited<ReturnType<typeof answered>>>();
  for (const [text, limit] of QUERIES) firsts.set(text, await answered(before, text, { limit, cursor: null }));
  assert.ok((await answered(later, 'events')).rows.length > (whole.get('events') ?? []).length);
  for (const [text, limit] of QUERIES) {
    const first = firsts.get(text);
    const rows = [...(first?.rows ?? [])];
    assert.equal(rows.length, Math.min(limit, (whole.get(text) ?? []).length), text);
    for (let cursor = first?.coverage.next ?? null; cursor !== null; ) {
      const page = await answered(later, text, { limit, cursor }, AT + 1000);
      assert.ok(
        page.rows.length <= limit && page.rows.length > 0,
        `${text} ${Buffer.from(cursor, 'base64url')} ${rows.length} of ${whole.get(text)?.length}`,
      );
      rows.push(...page.rows);
      cursor = page.coverage.next;
    }
    const expected = whole.get(text) ?? [];
    if (/take|top/.test(text)) assert.equal(rows.length, expected.length, text);
    else assert.deepEqual(comparable(text, rows), comparable(text, expected), text);
  }
});

test('what has no order and columns of its own, and tables whose rows change, are refused with what to do', async () => {
  const page = { limit: 2, cursor: null };
  for (const [text, why] of [
    ['events | union events', /its rows have columns of their own/],
    ['events | take 5 | summarize count() by n', /take chooses among rows in no order/],
    ['books', /rows of books change while they are read/],
  ] as const) {
    await assert.rejects(answered(later, text, page), why, text);
  }
});

test('a cursor is of one query, and what was made up is refused or leads to rows of the own tenant alone', async () => {
  const text = 'events | project n';
  const { coverage } = await answered(later, text, { limit: 3, cursor: null });
  const cursor = coverage.next ?? '';
  await assert.rejects(answered(later, `${text} `, { limit: 3, cursor }), /of another query/);
  for (const made of ['', 'x', 'e30', 'a'.repeat(5000), Buffer.from('[1]').toString('base64url')]) {
    await assert.rejects(
      answered(later, text, { limit: 3, cursor: made }),
      /none that an answer gave/,
      made.slice(0, 9),
    );
  }
  const state = decodeCursor(cursor, text);
  const forged = encodeCursor({ ...state, pins: { ...state.pins, events: Number.MAX_SAFE_INTEGER }, after: [0, 0] });
  const rows = (await answered(later, text, { limit: 1000, cursor: forged })).rows.map((row) => JSON.parse(row).n);
  assert.ok(rows.every((n) => Math.floor(n / 10) % 4 !== 3));
  for (const since of [1e308, -1e17, 'x']) {
    const bad = Buffer.from(JSON.stringify({ ...state, since })).toString('base64url');
    await assert.rejects(answered(later, text, { limit: 3, cursor: bad }), /none that an answer gave/);
  }
  for (const after of [[-1, 0], [0, '0 or 1=1'], ['1', 0], 1.5]) {
    const bad = Buffer.from(JSON.stringify({ ...state, after })).toString('base64url');
    await assert.rejects(answered(later, text, { limit: 3, cursor: bad }), /none that an answer gave/);
  }
});
