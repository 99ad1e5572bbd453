import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namedIfSlow } from './slow.ts';

test('what takes long is named, what is done or has failed by then is not', async () => {
  const written: string[] = [];
  const write = (text: string): void => void written.push(text);
  await Promise.all([
    namedIfSlow(Promise.resolve(), 'done', write),
    namedIfSlow(Promise.reject(new Error('no')), 'failed', write),
    namedIfSlow(new Promise(() => {}), 'reading', write),
  ]);
  assert.deepEqual(written, ['reading']);
});
