import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import {
  bytes,
  diskSpace,
  host,
  leafOf,
  milliseconds,
  path,
  secret,
  share,
  span,
  spanOr,
  text,
  timeZone,
  url,
  wholeOrAuto,
} from './leaves.ts';

const HOUR = 3_600_000;

function reads(schema: z.ZodType, values: readonly (readonly [written: unknown, value: unknown])[]): void {
  for (const [written, value] of values) assert.deepEqual(schema.parse(written), value, JSON.stringify(written));
}

function refuses(schema: z.ZodType, ...values: readonly unknown[]): void {
  for (const value of values) assert.equal(schema.safeParse(value).success, false, JSON.stringify(value));
}

test('spans: with a unit, within their range', () => {
  reads(span('1m', { min: 1000, max: HOUR }), [
    ['1s', 1000],
    ['1h', HOUR],
  ]);
  refuses(span('1m', { min: 1000, max: HOUR }), '999ms', '61m', 60, '60', null, '1 m');
  const either = spanOr(['auto', 'off'], '1m', { min: 1, max: HOUR });
  reads(either, [
    ['auto', 'auto'],
    ['off', 'off'],
    ['1m', 60_000],
  ]);
  refuses(either, 'on', 5, '2h');
});

test('names with a unit take bare numbers in it, or a value with one', () => {
  reads(milliseconds({ min: 0, max: 1000 }), [
    [2, 2],
    ['1s', 1000],
  ]);
  refuses(milliseconds({ min: 0, max: 1000 }), 1.5, 1001, '2s', '2');
  reads(bytes({ min: 1, max: 2 ** 20 }), [
    [7, 7],
    ['1KiB', 1024],
    ['1MiB', 2 ** 20],
  ]);
  refuses(bytes({ min: 1, max: 2 ** 20 }), 0, '0B', '2MiB', 2 ** 21, '1');
});

test('room on a disk: bytes, a size, or a share of it', () => {
  reads(diskSpace(10), [
    [10, { bytes: 10 }],
    ['1KiB', { bytes: 1024 }],
    ['80%', { share: 0.8 }],
  ]);
  refuses(diskSpace(10), 9, '9B', '0.5%', '101%', 'all');
  assert.deepEqual(
    [z.encode(diskSpace(10), { bytes: 2048 }), z.encode(diskSpace(10), { share: 0.125 })],
    ['2KiB', '12.5%'],
  );
});

test('percentages are ratios', () => {
  reads(share('1%'), [
    ['0%', 0],
    ['1%', 0.01],
    ['100%', 1],
  ]);
  refuses(share('1%'), 0.5, '50', '150%');
});

test('hosts: names and addresses, IPv6 without brackets', () => {
  for (const good of ['localhost', 'a-b.example.org', '0.0.0.0', '::', '::1', 'fe80::1', '::ffff:127.0.0.1'])
    reads(host('x'), [[good, good]]);
  refuses(host('x'), '', '[::1]', 'a:b', 'a:b:c', 'a b', '.a', 'a..b', 'x'.repeat(254), 'http://a');
});

test('URLs: http and https, without a user in them', () => {
  for (const good of ['http://a', 'https://a.example:8443/x?y=z']) reads(url('x', 'x'), [[good, good]]);
  refuses(
    url('x', 'x'),
    'ftp://a',
    'https://user:pw@a',
    'https://',
    'a',
    'javascript:alert(1)',
    'http://a b',
    'http://[::1',
  );
});

test('texts are of one line and bounded', () => {
  refuses(text('x', 'x'), '', 'a\nb', 'a\0', '\u009b', 'x'.repeat(4097), 5);
  reads(text('x', 'x'), [['ü 日 👍', 'ü 日 👍']]);
  reads(path('x', 'x'), [['./a b', './a b']]);
});

test('time zones are those Node knows', () => {
  reads(timeZone(), [
    ['UTC', 'UTC'],
    ['Europe/Berlin', 'Europe/Berlin'],
  ]);
  refuses(timeZone(), 'Mars/Phobos', '', '../etc', 'local time');
});

test('secrets are references and nothing else', () => {
  reads(secret(), [
    [{ env: 'A_1' }, { env: 'A_1' }],
    [{ file: '/x' }, { file: '/x' }],
  ]);
  refuses(
    secret(),
    'hunter2',
    {},
    { env: 'A', file: 'b' },
    { env: '1A' },
    { env: 'A=B' },
    { file: '' },
    { value: 'x' },
  );
});

test('auto or a number', () => {
  reads(wholeOrAuto({ min: 1, max: 4 }), [
    ['auto', 'auto'],
    [4, 4],
  ]);
  refuses(wholeOrAuto({ min: 1, max: 4 }), 0, 5, '4', 'AUTO', 1.5);
});

test('what a leaf expects is known through descriptions and wrappers of its copies', () => {
  assert.equal(leafOf(secret().describe('x'))?.secret, true);
  assert.equal(leafOf(z.string()), undefined);
  assert.match(leafOf(span('1m').describe('x'))?.expects ?? '', /such as 1m/);
});
