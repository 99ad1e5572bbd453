/**
 * The table of queries with stated answers, run over segments: what DuckDB does of them (operators, conditions, compare, expressions,
 * functions, aggregates, relation, base) and what is done behind it (rows, values).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overrideLimits } from '../../base/index.ts';
import { TOOLS } from '../../lang/kit.twin.ts';
import { CASE_NOW, CASES, type Case } from '../../lang/query/cases/cases.twin.ts';
import { tableOf } from '../../lang/query/run/kit.twin.ts';
import { ask, fold, TestStore } from './kit.twin.ts';
import type { StoreView } from './view.ts';

// Some answers are stated in the order of events, which queries on several threads do not keep.
overrideLimits({ queryThreadsMax: 1 });
const store = await TestStore.open();
const { pool } = store;

const ONLY = process.env['CASE'] ?? '';
const sorted = (rows: readonly string[]): string[] => [...rows].sort();

const views = new Map<string, Promise<StoreView>>();

/** Two segments of the events, so that every query sees several. */
function viewOf(events: readonly string[]): Promise<StoreView> {
  const key = JSON.stringify(events);
  let view = views.get(key);
  if (view === undefined) {
    const half = Math.ceil(events.length / 2);
    view = store.view(events.length < 2 ? [events] : [events.slice(0, half), events.slice(half)]);
    views.set(key, view);
  }
  return view;
}

/** Which value of a set came first is not known of events: their items are put in order on both sides. */
const settled = (row: string): string =>
  row.replace(/"set_\w+":\[([^\]]*)\]/, (whole, items: string) =>
    whole.replace(items, items.split(',').sort().join(',')),
  );

function mistakeOf({ rows: stated, ...wanted }: Case, found: readonly string[]): string | null {
  const [rows, wantedRows] = [found.map(settled), stated.map(settled)];
  return mistake({ ...wanted, rows: wantedRows }, rows);
}

function mistake(wanted: Case, rows: readonly string[]): string | null {
  const same = wanted.ordered
    ? JSON.stringify(rows) === JSON.stringify(wanted.rows)
    : JSON.stringify(sorted(rows)) === JSON.stringify(sorted(wanted.rows));
  if (same) return null;
  return `${wanted.subject}: ${wanted.name}\n  ${wanted.query}\n  wanted ${wanted.rows.join('\n         ')}\n  got    ${rows.join('\n         ')}`;
}

test('every query of the table has its stated answer over segments too', async () => {
  const mistakes: string[] = [];
  let pushed = 0;
  let all = 0;
  for (const wanted of CASES) {
    if (ONLY !== '' && !`${wanted.subject}: ${wanted.name}`.includes(ONLY)) continue;
    const events = wanted.tables.events ?? [];
    // Over segments every event has a time, at least that of its receipt.
    const someTimed = events.some((event) => event.includes('"@timestamp"'));
    if (someTimed && !events.every((event) => event.includes('"@timestamp"'))) {
      if (wanted.query.includes('@timestamp')) continue;
    }
    const timed = events.length > 0 && events.every((event) => event.includes('"@timestamp"'));
    try {
      const rows = await ask(wanted.query, {
        pool,
        view: await viewOf(events),
        tools: { ...TOOLS, fold },
        now: Date.parse(CASE_NOW),
        shown: timed ? ['@timestamp'] : [],
        open: async ({ table }) => tableOf(table, wanted.tables[table] ?? []),
        applied: (applied, operators) => {
          all += operators;
          pushed += applied;
        },
        statement: (sql) => {
          if (ONLY !== '') process.stderr.write(`${wanted.query}\n  ${sql}\n`);
        },
      });
      const found = mistakeOf(wanted, rows);
      if (found !== null) mistakes.push(found);
    } catch (error) {
      mistakes.push(`${wanted.subject}: ${wanted.name}\n  ${wanted.query}\n  ${error}`);
    }
  }
  process.stderr.write(`${pushed} of ${all} operators in SQL\n`);
  assert.equal(mistakes.join('\n'), '');
});
