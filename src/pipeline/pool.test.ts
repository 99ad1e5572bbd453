import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { loadRules } from '../detect/index.ts';
import { EVIL, prepared, scanned, started, testFolder } from './kit.twin.ts';
import { type NewJob, type PieceFailure, ScanPool } from './pool.ts';
import { openPackage } from './rules.ts';
import type { PieceResult } from './scanner.ts';

const folder = testFolder();
after(() => fs.rmSync(folder, { recursive: true }));

const { rules } = prepared(EVIL);

function lines(text: string): NewJob {
  const bytes = new TextEncoder().encode(text);
  return { kind: 'lines', path: 'p', bytes, firstRecord: 1, records: null, position: 0, carved: false };
}

const ENDED = { message: /^a worker ended before its work did/ };
const nothing = (): void => {};

test('results come in the order of jobs, one at a time, to a receiver that is slow', async () => {
  const seen: string[] = [];
  let inside = 0;
  const pool = new ScanPool(3, async (id, result) => {
    assert.equal(inside++, 0);
    await new Promise((resolve) => setTimeout(resolve, 2));
    seen.push(`${id} ${'error' in result ? 'failed' : `${result.events} ${result.hits}`}`);
    inside--;
  });
  let ready = 0;
  await pool.start(rules, () => ready++);
  const expected: string[] = [];
  for (let i = 0; i < 40; i++) {
    const events = i % 7 === 0 ? 3000 : 1;
    await pool.give(lines(`${started('C:\\evil.exe')}\n`.repeat(events)), (id) => assert.equal(id, i));
    expected.push(`${i} ${events} ${events}`);
  }
  const totals = await pool.finish();
  await pool.stop();
  assert.deepEqual(seen, expected);
  assert.equal(ready, 1);
  assert.equal(totals.length, 3);
  assert.equal(
    totals.reduce((sum, { counts }) => sum + counts[0], 0),
    6 * 3000 + 34,
  );
  assert.ok(totals.every(({ kernelBytes }) => kernelBytes > 0));
});

test('ranges are read by the workers; a file that is gone fails its piece, not the pool', async () => {
  const a = path.join(folder, 'a.ndjson');
  const b = path.join(folder, 'b.ndjson');
  const event = `${started('C:\\evil.exe')}\n`;
  fs.writeFileSync(a, event + event);
  fs.writeFileSync(b, event);
  const results: (PieceResult | PieceFailure)[] = [];
  const pool = new ScanPool(1, (_, result) => {
    results.push(result);
  });
  await pool.start(rules);
  for (const [file, from, to] of [
    [a, 0, event.length],
    [a, event.length, 2 * event.length],
    [path.join(folder, 'gone'), 0, 10],
    [b, 0, event.length],
  ] as const) {
    await pool.give({ kind: 'range', path: file, from, to }, nothing);
  }
  const [{ counts }] = await pool.finish();
  await pool.stop();
  assert.deepEqual(
    results.map((result) => ('error' in result ? result.error.code : [result.records, result.hits])),
    [[1, 1], [1, 1], 'disk.read', [1, 1]],
  );
  assert.equal(counts[0], 3);
});

test('a pool without rules takes no jobs', async () => {
  const pool = new ScanPool(1, nothing);
  await assert.rejects(pool.give(lines('{}\n'), nothing), { message: 'the pool has no rules yet' });
  await pool.stop();
});

test('workers that die while work is open reject it instead of hanging', async () => {
  const pool = new ScanPool(2, nothing);
  await pool.start(rules);
  await pool.give(lines(`${started('x')}\n`.repeat(5000)), nothing);
  const finishing = assert.rejects(pool.finish(), ENDED);
  await pool.stop();
  await finishing;
  await assert.rejects(pool.give(lines('{}\n'), nothing), ENDED);
});

test('workers that die when asked for their totals reject the end instead of hanging', async () => {
  const pool = new ScanPool(1, nothing);
  await pool.start(rules);
  const finishing = assert.rejects(pool.finish(), ENDED);
  await pool.stop();
  await finishing;
});

test('a worker that cannot take in the rules fails the scan', async () => {
  const broken = prepared(EVIL);
  const image = new SharedArrayBuffer(64);
  await assert.rejects(
    scanned({ ...broken, rules: { ...broken.rules, image } }, [], { text: Buffer.from(started('x')), threads: 2 }),
    { message: 'the compiled rules are not of this version' },
  );
});

test('a lane that cannot be compiled fails the scan', async () => {
  const open = openPackage(loadRules([{ path: '0.yml', text: EVIL }]));
  const pool = new ScanPool(1, nothing);
  await pool.start(open.rules, nothing, () => {
    throw new Error('no lane');
  });
  await pool.give(lines(`${started('x')}\n`), nothing);
  await assert.rejects(pool.finish(), { message: 'no lane' });
  await pool.stop();
});

test('what a receiver throws rejects the jobs that follow', async () => {
  const pool = new ScanPool(1, () => {
    throw new Error('no room');
  });
  await pool.start(rules);
  await pool.give(lines('{}\n'), nothing);
  await assert.rejects(pool.finish(), { message: 'no room' });
  await assert.rejects(pool.give(lines('{}\n'), nothing), { message: 'no room' });
  await pool.stop();
});
