import assert from 'node:assert/strict';
import { test } from 'node:test';
import { screen } from '../samples.twin.ts';
import { progressBar, progressLine } from './progress.ts';
import { displayWidth } from './width.ts';

const half = { bytes: 50e6, bytesTotal: 100e6, events: 20_000, hits: 12 };
const rates = { eventsPerSecond: 40_000, bytesPerSecond: 25e6 };

test('the line says how far, how fast, what was found and what is left', () => {
  assert.equal(
    progressLine(half, rates, screen({ columns: 100 })),
    '████████████░░░░░░░░░░░░  50%  12 hits  40,000 events/s  25.0 MB/s  2.0 s left',
  );
  assert.equal(progressLine(half, rates, screen({ unicode: false })).startsWith('############............  50%'), true);
});

test('a narrow terminal gets no bar and never a second line', () => {
  const line = progressLine(half, rates, screen({ columns: 40 }));
  assert.equal(line, '50%  12 hits  40,000 events/s  25.0 MB…');
  assert.equal(displayWidth(line) < 40, true);
});

test('without a known size it counts bytes', () => {
  assert.equal(
    progressLine({ ...half, bytesTotal: null }, rates, screen()),
    '50.0 MB  12 hits  40,000 events/s  25.0 MB/s',
  );
});

test('it is drawn at most ten times a second and leaves nothing behind', () => {
  let now = 1000;
  const written: string[] = [];
  const bar = progressBar(
    screen(),
    (text) => written.push(text),
    () => now,
  );
  for (; now <= 2000; now += 10) bar.update({ ...half, bytes: (now - 1000) * 1000 });
  assert.equal(written.length, 11);
  assert.match(written[10], /100%|99%|1%/);
  bar.erase();
  assert.equal(written.at(-1), '\r\x1b[2K');
  bar.erase();
  assert.equal(written.length, 12);
});

test('rates settle on the true ones', () => {
  let now = 0;
  let last = '';
  const bar = progressBar(
    screen({ columns: 120 }),
    (text) => (last = text),
    () => now,
  );
  for (now = 100; now <= 20_000; now += 100)
    bar.update({ bytes: now * 1000, bytesTotal: 40e6, events: now * 10, hits: 0 });
  assert.match(last, /10,000 events\/s {2}1\.00 MB\/s {2}20 s left$/);
});

test('what came before the scan is no part of the rate', () => {
  let now = 0;
  const written: string[] = [];
  const bar = progressBar(
    screen({ columns: 120 }),
    (text) => written.push(text),
    () => now,
  );
  now = 60_000;
  bar.begin();
  now = 61_000;
  bar.update({ bytes: 1e6, bytesTotal: 3e6, events: 1000, hits: 0 });
  assert.match(written[0], /1,000 events\/s {2}1\.00 MB\/s {2}2\.0 s left$/);
});

test('no terminal, no bar', () => {
  const written: string[] = [];
  const bar = progressBar(screen({ cursor: false }), (text) => written.push(text));
  bar.update(half);
  bar.erase();
  assert.deepEqual(written, []);
});
