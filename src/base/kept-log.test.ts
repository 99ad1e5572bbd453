import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { KeptLog, keptLines } from './kept-log.ts';

const ALL = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const DAY = 86_400_000;
const START = 1_790_000_000_000;

function folderOf(t: TestContext): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-kept-log-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'logs');
}

const linesIn = (folder: string, from: number = ALL[0], to: number = ALL[1]): string[] =>
  [...keptLines(folder, from, to)].flat();

test('lines are there once they are flushed, in order, over several starts, for the owner alone to read', (t) => {
  const folder = folderOf(t);
  assert.deepEqual(linesIn(folder), []);
  for (const start of [0, 1]) {
    const log = new KeptLog(folder, { bytesMax: 1 << 20, ageMs: DAY });
    log.write(`{"n":${start}}\n`);
    log.write('{"text":"é"}\n');
    assert.equal(log.flushed(), folder);
    assert.deepEqual(log.counts, { kept: 2, lost: 0, removed: 0 });
    log.write('{"last":true}\n');
    log.close();
    log.write('{"late":true}\n');
  }
  assert.deepEqual(
    linesIn(folder),
    [0, 1].flatMap((n) => [`{"n":${n}}`, '{"text":"é"}', '{"last":true}']),
  );
  for (const name of fs.readdirSync(folder)) assert.equal(fs.statSync(path.join(folder, name)).mode & 0o77, 0);
});

test('what is kept stays within its bytes: the oldest files go, and are counted', (t) => {
  const folder = folderOf(t);
  let at = START;
  const clock = (): number => at;
  const log = new KeptLog(folder, { bytesMax: 160_000, ageMs: DAY, clock });
  for (let i = 0; i < 4000; i++) {
    log.write(`${String(i).padStart(99, '.')}\n`);
    if (i % 10 === 9) log.flush();
    at++;
  }
  log.close();
  const bytes = fs.readdirSync(folder).reduce((sum, name) => sum + fs.statSync(path.join(folder, name)).size, 0);
  assert.ok(bytes <= 160_000 && bytes > 130_000, String(bytes));
  const kept = linesIn(folder).map((line) => Number(line.replaceAll('.', '')));
  assert.deepEqual(
    kept,
    Array.from({ length: kept.length }, (_, i) => 4000 - kept.length + i),
  );
  assert.ok(log.counts.removed > 10 && log.counts.kept === 4000);
});

test('files go when the next was begun longer ago than lines are to be kept', (t) => {
  const folder = folderOf(t);
  let at = START;
  const clock = (): number => at;
  for (let day = 0; day < 5; day++) {
    const log = new KeptLog(folder, { bytesMax: 1 << 20, ageMs: 2 * DAY, clock });
    log.write(`day ${day}\n`);
    log.close();
    at += DAY;
  }
  new KeptLog(folder, { bytesMax: 1 << 20, ageMs: 2 * DAY, clock }).close();
  assert.deepEqual(linesIn(folder), ['day 2', 'day 3', 'day 4']);
});

test('of a time only files are read that may have it', (t) => {
  const folder = folderOf(t);
  let at = START;
  const clock = (): number => at;
  for (let day = 0; day < 4; day++) {
    const log = new KeptLog(folder, { bytesMax: 1 << 20, ageMs: 9 * DAY, clock });
    log.write(`day ${day}\n`);
    log.close();
    at += DAY;
  }
  const noon = START + DAY * 1.5;
  assert.deepEqual(linesIn(folder, noon, noon + 1), ['day 1']);
  assert.deepEqual(linesIn(folder, noon), ['day 1', 'day 2', 'day 3']);
  assert.deepEqual(linesIn(folder, ALL[0], noon), ['day 0', 'day 1']);
});

test('what the disk does not take is lost and counted, and it goes on when the disk does', (t) => {
  const folder = folderOf(t);
  fs.writeFileSync(folder, 'no folder');
  const log = new KeptLog(folder, { bytesMax: 1 << 20, ageMs: DAY });
  log.write('one\n');
  log.write('two\n');
  log.flush();
  assert.deepEqual(log.counts, { kept: 0, lost: 2, removed: 0 });
  fs.rmSync(folder);
  log.write('three\n');
  log.close();
  assert.deepEqual(log.counts, { kept: 1, lost: 2, removed: 0 });
  assert.deepEqual(linesIn(folder), ['three']);
});

test('a line that a kill cut short is given as it is, and files of others are left alone', (t) => {
  const folder = folderOf(t);
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, '000001790000000.ndjson'), '{"a":1}\n{"b":');
  fs.writeFileSync(path.join(folder, 'notes.txt'), 'mine\n');
  const log = new KeptLog(folder, { bytesMax: 1, ageMs: 1 });
  log.write('x\n');
  log.close();
  assert.ok(fs.existsSync(path.join(folder, 'notes.txt')));
  const other = folderOf(t);
  fs.mkdirSync(other);
  fs.writeFileSync(path.join(other, '000001790000000.ndjson'), '{"a":1}\n{"b":');
  assert.deepEqual(linesIn(other), ['{"a":1}', '{"b":']);
});
