/** Random queries over random events: what DuckDB does of them says what the evaluator alone says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/index.ts';
import { Bag, formatJson, parseJson } from '../../lang/index.ts';
import { TOOLS } from '../../lang/kit.twin.ts';
import { answer, NOW } from '../../lang/query/run/kit.twin.ts';
import { ask, fold, TestStore } from './kit.twin.ts';
import { RandomQuery, randomEvent } from './random.twin.ts';

const store = await TestStore.open();
const { pool } = store;

const QUERIES = Number(process.env['QUERIES'] ?? 150);
const SEED = Number(process.env['SEED'] ?? 1);
const EVENTS = 60;

/** Sums of reals hang on their order in the last digits, and the order of an event's columns on the file it is in. */
function settled(row: string): string {
  const value = parseJson(
    row.replace(/(?<=[[:,])-?\d+\.\d+(?:e[-+]?\d+)?/g, (number) => Number(number).toPrecision(12)),
  );
  if (!(value instanceof Bag)) return row;
  return formatJson(new Bag(new Map([...value.entries].sort(([one], [other]) => (one < other ? -1 : 1)))));
}

test(`${QUERIES} random queries over random events say the same with DuckDB and without`, {
  timeout: 300_000,
}, async () => {
  const random = seededRandom(SEED);
  const queries = new RandomQuery(random);
  const tools = { ...TOOLS, fold };
  let pushed = 0;
  let all = 0;
  let left = '';
  for (let round = 0; left.length < 20_000 && round * 50 < QUERIES; round++) {
    const events = Array.from({ length: EVENTS }, (_, i) => randomEvent(random, i));
    const lists = [events.slice(0, 20), events.slice(20, 21), events.slice(21)];
    const view = await store.view(lists, `round${round}`);
    for (let i = 0; i < 50; i++) {
      const query = queries.query();
      const wanted = await outcome(() => answer(query, { events }, { tools }));
      const statements: string[] = [];
      const got = await outcome(() =>
        ask(query, {
          pool,
          view,
          tools,
          now: NOW,
          shown: ['@timestamp'],
          applied: (applied, operators) => {
            pushed += applied;
            all += operators;
          },
          statement: (sql) => statements.push(sql),
        }),
      );
      if (JSON.stringify(got) === JSON.stringify(wanted)) continue;
      const missing = wanted.filter((row) => !got.includes(row)).slice(0, 3);
      const more = got.filter((row) => !wanted.includes(row)).slice(0, 3);
      left += `${query}\n  missing ${missing.join('\n          ')}\n  too many ${more.join('\n          ')}\n`;
      if (process.env['SQL'] !== undefined)
        left += `  ${statements.map((one) => one.replace(/read_parquet\([^)]*\)/g, 'F')).join('\n  ')}\n`;
    }
  }
  process.stderr.write(`${pushed} of ${all} operators in SQL\n`);
  assert.equal(left, '');
});

async function outcome(work: () => Promise<string[]>): Promise<string[]> {
  try {
    return (await work()).map(settled).sort();
  } catch (error) {
    return [`error ${error instanceof Error ? error.message : String(error)}`];
  }
}
