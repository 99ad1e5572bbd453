import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Watermarks } from './watermarks.ts';

const LATENESS = 5;
const IDLE = 100;

function watermarks(bounds = { correlationHoldMsMax: 1000, correlationSourcesMax: 3 }): Watermarks {
  return new Watermarks({ latenessMs: (source) => (source === 'slow' ? 50 : LATENESS), idleMs: IDLE }, bounds);
}

test('there is no watermark before the first frame', () => {
  const marks = watermarks();
  marks.tick(1000);
  assert.equal(marks.value, Number.NEGATIVE_INFINITY);
});

test('one source: its largest event time less its lateness, and never back', () => {
  const marks = watermarks();
  marks.frame('a', 1000, 0);
  marks.frame('a', 900, 1);
  assert.equal(marks.value, 995);
  const slow = watermarks();
  slow.frame('slow', 1000, 0);
  assert.equal(slow.value, 950);
});

test('several sources: the least of them', () => {
  const marks = watermarks();
  marks.frame('a', 1000, 0);
  marks.frame('b', 1200, 0);
  assert.equal(marks.value, 995);
  marks.frame('a', 1100, 1);
  assert.equal(marks.value, 1095);
  marks.frame('a', 1300, 2);
  assert.equal(marks.value, 1195);
});

test('a source that begins behind the watermark does not take it back', () => {
  const marks = watermarks();
  marks.frame('a', 1000, 0);
  marks.frame('b', 500, 1);
  marks.frame('a', 1100, 2);
  assert.equal(marks.value, 995);
  marks.frame('b', 1050, 3);
  assert.equal(marks.value, 1045);
});

test('a source far behind the furthest one does not hold it', () => {
  const marks = watermarks();
  marks.frame('a', 5000, 0);
  marks.frame('b', 1000, 0);
  marks.frame('a', 6000, 1);
  assert.equal(marks.value, 5995);
});

test('a source becomes idle only at a tick, and then holds nobody', () => {
  const marks = watermarks();
  marks.frame('a', 1000, 0);
  marks.frame('b', 1000, 0);
  marks.frame('a', 1500, 101);
  assert.equal(marks.value, 995);
  marks.tick(100);
  assert.equal(marks.value, 995);
  marks.tick(101);
  assert.equal(marks.value, 1495);
});

test('when all are idle the watermark goes on at the pace of the receive clock', () => {
  const marks = watermarks();
  marks.frame('a', 1000, 50);
  marks.tick(150);
  assert.equal(marks.value, 995);
  marks.tick(151);
  assert.equal(marks.value, 1096);
  marks.tick(161);
  assert.equal(marks.value, 1106);
});

test('a source that wakes holds the watermark again', () => {
  const marks = watermarks();
  marks.frame('a', 1000, 0);
  marks.frame('b', 1000, 0);
  marks.frame('a', 1200, 101);
  marks.tick(101);
  marks.frame('b', 1210, 110);
  marks.frame('a', 1400, 111);
  assert.equal(marks.value, 1205);
});

test('sources beyond the limit take the places of idle ones, else share one watermark, and are counted', () => {
  const marks = watermarks();
  for (const source of ['a', 'b', 'c', 'd', 'e']) marks.frame(source, 1000, 0);
  assert.equal(marks.folded, 2);
  marks.tick(101);
  marks.frame('f', 2000, 102);
  assert.deepEqual([marks.folded, marks.save().sources.map(([name]) => name)], [2, ['f']]);
});

test('a watermark that was saved goes on as it would have', () => {
  const marks = watermarks();
  marks.frame('a', 1000, 0);
  marks.frame('slow', 1100, 10);
  marks.tick(105);
  const other = watermarks();
  other.load(JSON.parse(JSON.stringify(marks.save())));
  for (const one of [marks, other]) {
    one.frame('slow', 1200, 106);
    one.tick(300);
  }
  assert.deepEqual(other.save(), marks.save());
  assert.equal(other.value, marks.value);
});
