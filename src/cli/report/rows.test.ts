import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Hit } from '../../pipeline/index.ts';
import type { Level } from '../levels.ts';
import { sampleHit } from '../samples.twin.ts';
import { EVENT_BYTES_MAX, newReportRows } from './rows.ts';

const lineOf = (hit: Hit): Buffer => Buffer.from(JSON.stringify(hit));
const unpack = (packed: Buffer): string => gunzipSync(packed).toString('utf8');

function add(rows: ReturnType<typeof newReportRows>, level: Level, number: number): void {
  for (let at = 0; at < number; at++) {
    rows.add(
      lineOf(sampleHit({ rule: { id: level, level }, source: { record: at }, event: { at, random: `${at * 7919}` } })),
    );
  }
}

test('a row holds what the list shows, its block the event as it came', () => {
  const rows = newReportRows();
  assert.equal(rows.add(lineOf(sampleHit())).rule.title, 'Shell from a document');
  rows.add(lineOf(sampleHit({ time: null, host: null, source: { path: 'b', record: 9, carved: true } })));
  const { blocks, rows: number, ruleIds, hosts, paths } = rows.finish();
  assert.equal(number, 2);
  assert.deepEqual([ruleIds, hosts, paths], [[sampleHit().rule.id], ['ws-12.corp.example'], ['logs/a.ndjson', 'b']]);
  assert.equal(blocks.length, 1);
  const matches = [
    ['selection', 'Image', 'Image', 'endswith', '\\cmd.exe', 'C:\\Windows\\cmd.exe', 1],
    ['filter', 'User', null, 'not equals', 'SYSTEM', null, 0],
  ];
  assert.deepEqual(JSON.parse(unpack(blocks[0].heads)), [
    [1772446272345000, 0, 0, 0, 7, matches],
    [null, 0, -1, 1, 9, matches, 1],
  ]);
  assert.deepEqual(unpack(blocks[0].events).split('\n'), Array(2).fill('{"Image":"C:\\\\Windows\\\\cmd.exe"}'));
});

test('over the limit the lowest levels give way, last hits first, and the number kept is exact', () => {
  const rows = newReportRows(1000);
  add(rows, 'low', 900);
  add(rows, 'high', 300);
  add(rows, 'low', 50);
  add(rows, 'critical', 400);
  add(rows, 'medium', 10);
  const { blocks, rows: kept } = rows.finish();
  const perLevel = new Map<number, number>();
  for (const { level, rows: number } of blocks) perLevel.set(level, (perLevel.get(level) ?? 0) + number);
  assert.deepEqual(
    [...perLevel],
    [
      [4, 400],
      [3, 300],
      [2, 10],
      [1, 250],
    ],
  );
  assert.equal(kept, 960);
  const low = blocks.filter(({ level }) => level === 1).flatMap(({ heads }) => JSON.parse(unpack(heads)) as number[][]);
  assert.equal(Math.max(...low.map((row) => row[4])), 249);
});

test('the page’s size is bounded too', () => {
  const rows = newReportRows(100_000, 30_000);
  add(rows, 'low', 3000);
  add(rows, 'high', 2000);
  const { blocks, rows: kept } = rows.finish();
  const bytes = blocks.reduce((sum, { heads, events }) => sum + heads.length + events.length, 0);
  assert.equal(bytes <= 30_000, true);
  assert.equal(
    kept,
    blocks.reduce((sum, block) => sum + block.rows, 0),
  );
  const high = blocks.filter(({ level }) => level === 3);
  assert.equal(
    high.reduce((sum, block) => sum + block.rows, 0),
    2000,
  );
  assert.equal(kept < 5000, true);
});

test('a huge event and a huge value are cut, and say so', () => {
  const rows = newReportRows();
  const value = 'v'.repeat(5000);
  const matches = [{ selection: 's', field: 'F', op: 'equals', pattern: 'p', value, decisive: true }];
  rows.add(lineOf(sampleHit({ matches, event: { a: 'x'.repeat(EVENT_BYTES_MAX) } })));
  const { blocks } = rows.finish();
  assert.equal(unpack(blocks[0].heads).includes('… (5000 characters in all)'), true);
  const event = JSON.parse(unpack(blocks[0].events)) as Record<string, string>;
  assert.match(event['cut by weir'], /^262152 characters, the first 262144: \{"a":"xxx/);
});
