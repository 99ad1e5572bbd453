import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatTime, parseTime, parseTimeBytes } from './time.ts';

const NOON = Date.UTC(2024, 1, 29, 12, 0, 0);

test('the spellings of logs mean the same time', () => {
  const spellings = [
    '2024-02-29T12:00:00Z',
    '2024-02-29 12:00:00',
    '2024-02-29T12:00',
    '2024-02-29 12:00:00.000',
    '2024-02-29T12:00:00,000Z',
  ];
  spellings.push(
    '2024-02-29T12:00:00 UTC',
    '2024-02-29T14:00:00+02:00',
    '2024-02-29T06:30:00-0530',
    '2024-02-29t12:00:00z',
  );
  spellings.push('1709208000', '1709208000.0', '1709208000000', '1709208000000000', '1709208000000000000');
  for (const text of spellings) assert.equal(parseTime(text), NOON, text);
});

test('fractions are kept to the microsecond', () => {
  assert.equal(parseTime('2024-02-29T12:00:00.1234567Z'), NOON + 123.456);
  assert.equal(parseTime('1709208000.5'), NOON + 500);
  assert.equal(formatTime(NOON + 123.456), '2024-02-29T12:00:00.123456Z');
  assert.equal(formatTime(NOON + 0.9999), '2024-02-29T12:00:00.001Z');
});

test('what is no time is none', () => {
  const texts = [
    '',
    'x',
    '2024',
    '2024-02-30T12:00:00Z',
    '2023-02-29T12:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-00-10T00:00:00Z',
    '2024-01-00T00:00:00Z',
  ];
  texts.push(
    '2024-01-01T24:00:00Z',
    '2024-01-01T10:60:00Z',
    '2024-01-01T10:00:61Z',
    '0050-01-01T00:00:00Z',
    '4624',
    '999999999',
    '12345678901234567890',
  );
  texts.push('2024-01-01T10:00:00+24:00', '2024-01-01T10:00:00+01:75', '-1709208000', '01.02.2024 10:00:00');
  for (const text of texts) assert.equal(parseTime(text), null, text);
});

test('every time comes back from its text', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
      fc.nat(999),
      (date, micros) => {
        const ms = date.getTime() + micros / 1000;
        const text = formatTime(ms);
        assert.ok(Math.abs((parseTime(text) ?? Number.NaN) - ms) < 0.0011, text);
        assert.equal(formatTime(parseTime(text) ?? Number.NaN), text);
      },
    ),
  );
});

test('a leap second is read as the next second', () => {
  assert.equal(parseTime('2016-12-31T23:59:60Z'), Date.UTC(2017, 0, 1));
});

test('the usual spelling read from bytes means what its text means, or is left to the text', () => {
  const bytesOf = (text: string) => parseTimeBytes(Buffer.from(`"${text}"`), 1, text.length);
  assert.equal(bytesOf('2024-02-28T12:00:00Z'), NOON - 86_400_000);
  assert.equal(bytesOf('2024-02-28 12:00:00.25Z'), NOON - 86_400_000 + 250);
  assert.equal(bytesOf('2024-02-29T12:00:00Z'), null);
  const digit = fc.integer({ min: 0, max: 9 });
  const number = (count: number) =>
    fc.array(digit, { minLength: count, maxLength: count }).map((list) => list.join(''));
  const spelling = fc
    .tuple(number(4), number(2), number(2), fc.constantFrom('T', ' '), number(2), number(2), number(2))
    .chain(([y, m, d, t, h, min, s]) =>
      fc.tuple(
        fc.constantFrom(`${y}-${m}-${d}${t}${h}:${min}:${s}`, `2024-0${m[1]}-1${d[1]}${t}1${h[1]}:0${min[1]}:0${s[1]}`),
        fc.integer({ min: 0, max: 7 }).chain((count) => number(count)),
        fc.constantFrom('Z', '', '+02:00'),
      ),
    )
    .map(([head, fraction, zone]) => `${head}${fraction === '' ? '' : `.${fraction}`}${zone}`);
  let read = 0;
  fc.assert(
    fc.property(spelling, (text) => {
      const quick = bytesOf(text);
      if (quick === null) return;
      read++;
      assert.equal(quick, parseTime(text), text);
    }),
    { numRuns: 2000 },
  );
  assert.ok(read > 100, `${read} of them were read`);
});
