import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timePart } from './timestamp.ts';

function parts(text: string): (number | null)[] {
  return [
    timePart(text, 'year'),
    timePart(text, 'month'),
    timePart(text, 'day'),
    timePart(text, 'hour'),
    timePart(text, 'minute'),
  ];
}

test('the digits of the timestamp count, whatever its zone', () => {
  const forms = [
    '2023-01-31T13:05:09.123456Z',
    '2023-01-31T13:05:09+02:00',
    '2023-01-31 13:05:09',
    '2023-01-31 13:05',
    '2023/01/31 13:05:09 -0500',
    '2023-01-31 01:05:09 PM',
    '20230131T130509Z',
    '31/Jan/2023:13:05:09 +0000',
    'Tue, 31 Jan 2023 13:05:09 GMT',
    'Tue Jan 31 13:05:09 2023',
    'Jan 31 2023 13:05:09',
    '2023-01-31 13:05:09 UTC',
  ];
  for (const form of forms) assert.deepEqual(parts(form), [2023, 1, 31, 13, 5], form);
});

test('what a timestamp does not say it does not have', () => {
  assert.deepEqual(parts('2023-01-31'), [2023, 1, 31, null, null]);
  assert.deepEqual(parts('Jan  3 04:05:06'), [null, 1, 3, 4, 5]);
  assert.equal(timePart('Jan  3 04:05:06', 'week'), null);
});

test('twelve hour clocks', () => {
  assert.equal(timePart('2023-01-31 12:05 AM', 'hour'), 0);
  assert.equal(timePart('2023-01-31 12:05 PM', 'hour'), 12);
});

test('weeks are those of ISO 8601', () => {
  const weeks: [string, number][] = [
    ['2023-01-01', 52],
    ['2023-01-02', 1],
    ['2020-12-31', 53],
    ['2021-01-03', 53],
    ['2021-01-04', 1],
    ['2024-12-30', 1],
  ];
  for (const [date, week] of weeks) assert.equal(timePart(date, 'week'), week, date);
});

test('what is no timestamp has no parts', () => {
  for (const text of [
    '',
    '1675170309',
    'yesterday',
    '2023-13-01',
    '2023-01-32',
    '2023-01-31T24:00',
    '2023-01-31T10:60',
    '2023-01/31',
    'Foo 3 04:05:06',
    `${'1'.repeat(65)}`,
  ]) {
    assert.deepEqual(parts(text), [null, null, null, null, null], text);
  }
});

test('hostile text is refused in no time', () => {
  for (const text of ['2023-01-31T13:05:09.'.padEnd(64, '1'), `${' '.repeat(64)}`, `Jan${' '.repeat(61)}`])
    timePart(text, 'hour');
});

test('weeks of the first century are not those of the twentieth', () => {
  assert.equal(timePart('0099-12-31', 'week'), 53);
  assert.equal(timePart('1999-12-31', 'week'), 52);
});
