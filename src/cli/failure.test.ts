import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WeirError } from '../base/index.ts';
import { isBrokenPipe, oneOf, tell, usageError } from './failure.ts';

const NAMES = ['table', 'ndjson', 'json', 'timeline', 'html'] as const;

test('a wrong word is a usage error that names the likeliest and all', () => {
  assert.equal(oneOf('--format', 'HTML', NAMES), 'html');
  assert.throws(() => oneOf('--format', 'tabel', NAMES), {
    code: 'cli.usage',
    message: "--format: there is no 'tabel'",
    hint: "Did you mean 'table'? It is one of table, ndjson, json, timeline, html.",
  });
  assert.throws(() => oneOf('--format', 'csv', NAMES), { hint: 'Give one of table, ndjson, json, timeline, html.' });
});

test('failures are told without control characters, each with its status', () => {
  assert.deepEqual(tell(usageError('no\x1b[31m', 'Do this.\nOr that.')), {
    message: 'weir: no\\x1b[31m\nDo this.\nOr that.\n',
    status: 2,
  });
  assert.deepEqual(tell(new WeirError('disk.read', 'cannot read x')), { message: 'weir: cannot read x\n', status: 1 });
  assert.equal(tell(new WeirError('formats.unknown', 'x')).status, 2);
});

test('a pipe that nobody reads is no failure; a broken invariant keeps its stack', () => {
  const closed = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  assert.deepEqual(tell(new WeirError('disk.write', 'x', { cause: closed })), { message: '', status: 0 });
  assert.equal(isBrokenPipe(closed), true);
  assert.equal(isBrokenPipe(new Error('other')), false);
  assert.throws(() => tell(new TypeError('bug')), TypeError);
});
