import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hitLines, sampleHit } from '../samples.twin.ts';
import { eventText, parseHead, splitLines, timeMicros } from './hitLine.ts';

const lineOf = (hit: object): Buffer => Buffer.from(JSON.stringify(hit));

test('lines come without their ends, empty ones not at all', () => {
  const lines = [...splitLines(Buffer.from('a\n\nbc\nd'))].map(String);
  assert.deepEqual(lines, ['a', 'bc', 'd']);
  assert.equal([...splitLines(hitLines([sampleHit(), sampleHit()]))].length, 2);
});

test('the head is all but the event', () => {
  const { event, ...head } = sampleHit({ event: { a: [1, { event: 2 }] } });
  const line = lineOf({ ...head, event });
  assert.deepEqual(parseHead(line), head);
  assert.equal(eventText(line), '{"a":[1,{"event":2}]}');
});

test('a value that looks like the event’s key is no key', () => {
  const matches = [{ selection: 's', field: 'f', op: 'equals', value: '","event":{"x":1', decisive: true }];
  const hit = sampleHit({ matches, event: { real: 1 } });
  const { event: _, ...head } = hit;
  assert.deepEqual(parseHead(lineOf(hit)), head);
  assert.equal(eventText(lineOf(hit)), '{"real":1}');
});

test('a logsource with a key named event is read whole', () => {
  const hit = sampleHit({ rule: { logsource: { product: 'x', event: 'y' } } });
  assert.deepEqual(parseHead(lineOf(hit)), hit);
});

test('a correlation’s own count of events is not its list of events', () => {
  const { event: _, ...hit } = sampleHit();
  const correlation = { type: 'event_count', group: { host: 'a' }, value: 3, events: 3 };
  const line = lineOf({ ...hit, correlation, events: [{ a: 1 }, { a: 2 }] });
  assert.deepEqual(parseHead(line), { ...hit, correlation });
  assert.equal(eventText(line), '[{"a":1},{"a":2}]');
  assert.equal(eventText(lineOf(hit)), '');
});

test('times are compared to the microsecond', () => {
  assert.equal(timeMicros('1970-01-01T00:00:01Z'), 1e6);
  assert.equal(timeMicros('1970-01-01T00:00:01.5Z'), 1_500_000);
  assert.equal(timeMicros('1970-01-01T00:00:01.1234567Z'), 1_123_456);
  assert.equal(timeMicros('1970-01-01T02:00:01+02:00'), 1e6);
  assert.equal(timeMicros('1970-01-01T00:00:01'), 1e6);
  assert.equal(timeMicros(null), Number.NaN);
  assert.equal(timeMicros('yesterday'), Number.NaN);
});
