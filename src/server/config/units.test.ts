import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PERCENT, printPercent, printSize, printSpan, readPercent, readSize, readSpan, SIZE, SPAN } from './units.ts';

test('spans are read to milliseconds and printed in the largest whole unit', () => {
  const pairs: [string, number][] = [
    ['500ms', 500],
    ['90s', 90_000],
    ['15m', 900_000],
    ['36h', 129_600_000],
    ['90d', 7_776_000_000],
    ['1y', 31_536_000_000],
    ['0ms', 0],
  ];
  for (const [text, ms] of pairs) {
    assert.equal(readSpan(text), ms);
    assert.equal(printSpan(ms), text);
  }
  assert.equal(printSpan(readSpan('60m')), '1h');
});

test('sizes are read to bytes, in powers of 1024', () => {
  assert.equal(readSize('64MiB'), 67_108_864);
  assert.equal(readSize('2TiB'), 2 * 2 ** 40);
  assert.equal(printSize(1536), '1536B');
  assert.equal(printSize(3 * 2 ** 30), '3GiB');
});

test('what is no span, size or percentage is not taken for one', () => {
  for (const text of ['15', 'm', '1.5h', '-1s', '15 m', '15M', '1w', '', '9999999999999999ms'])
    assert.doesNotMatch(text, SPAN);
  for (const text of ['64', '64MB', '64mib', '1.5GiB', 'MiB', '-1B', '9999TiB']) assert.doesNotMatch(text, SIZE);
  for (const text of ['80', '100.1%', '101%', '-1%', '%', '8 %']) assert.doesNotMatch(text, PERCENT);
  for (const text of ['0%', '80%', '99.999%', '100%', '100.0%']) assert.match(text, PERCENT);
});

test('all that the patterns take is a whole number a double holds, and printing keeps it', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(SPAN),
      (text) => Number.isSafeInteger(readSpan(text)) && readSpan(printSpan(readSpan(text))) === readSpan(text),
    ),
  );
  fc.assert(
    fc.property(
      fc.stringMatching(SIZE),
      (text) => Number.isSafeInteger(readSize(text)) && readSize(printSize(readSize(text))) === readSize(text),
    ),
  );
  fc.assert(
    fc.property(
      fc.stringMatching(PERCENT),
      (text) => readPercent(printPercent(readPercent(text))) === readPercent(text),
    ),
  );
});
